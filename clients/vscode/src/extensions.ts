/** Says to the server what this client does of its own: reports go into its panel, not into files that the server opens. */

import type { ClientCapabilities, FeatureState, StaticFeature } from "vscode-languageclient/node";
import { CAPABILITIES } from "./protocol";

export class Extensions implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    delete capabilities.window?.showDocument;
    capabilities.experimental = { ...(capabilities.experimental as object | undefined), architrave: CAPABILITIES };
  }

  initialize(): void {}

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {}
}
