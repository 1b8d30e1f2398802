"""The facts of all files joined: modules, classes, calls, services, routes, data, messages, deployment."""
