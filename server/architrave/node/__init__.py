"""What the frameworks of JavaScript and TypeScript share: routers, requests, queries."""
