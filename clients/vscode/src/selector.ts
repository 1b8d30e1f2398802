/** Which documents the server sees: those that its languages read. `languages.json` is generated from them. */

import type { DocumentSelector } from "vscode-languageclient/node";
import languages from "./languages.json";

export const SELECTOR: DocumentSelector = languages.patterns.map((pattern) => ({ scheme: "file", pattern }));
