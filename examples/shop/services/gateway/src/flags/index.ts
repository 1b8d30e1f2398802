import { FlagdProvider } from "@openfeature/flagd-provider";
import { OpenFeature } from "@openfeature/server-sdk";

OpenFeature.setProvider(
  new FlagdProvider({ resolverType: "in-process", offlineFlagSourcePath: "flags.json" }),
);

const flags = OpenFeature.getClient();

export function showsBanner(): Promise<boolean> {
  return flags.getBooleanValue("banner", true);
}

export function showsReviews(): Promise<boolean> {
  return flags.getBooleanValue("items-reviews", false);
}
