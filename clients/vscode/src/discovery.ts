/**
 * Where a server may be, the best first: the setting, the interpreter that the Python extension has chosen, `PATH`, the private environment.
 *
 * Nothing is started to find out. Whether what is there will do is known once it has answered `initialize`; one that is too old gives way
 * to the next.
 */

import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import * as path from "node:path";

export interface Server {
  command: string;
  arguments: string[];
  /** In words, for messages: "the setting `architrave.server.path`". */
  origin: string;
  isPrivate: boolean;
}

export interface Places {
  /** `architrave.server.path`, or "". */
  setting: string;
  /** The Python that the workspace uses, where it is known and may be run. */
  interpreter: string | undefined;
  /** The folders of `PATH`. */
  path: readonly string[];
  /** The private environment, when one is complete. */
  environment: string | undefined;
  home: string;
  isWindows: boolean;
}

/** The setting names a file that is not there, or that cannot be run. */
export class NotThere extends Error {}

export async function servers(places: Places): Promise<Server[]> {
  const { setting, interpreter, isWindows } = places;
  if (setting !== "") {
    const command = setting.startsWith("~") ? path.join(places.home, setting.slice(1)) : setting;
    if (!path.isAbsolute(command)) {
      throw new NotThere(`\`architrave.server.path\` must be a whole path; it is \`${setting}\`.`);
    }
    if (!(await isProgram(command, isWindows))) {
      throw new NotThere(`\`architrave.server.path\` names \`${command}\`, and there is no such program.`);
    }
    return [server(command, "the setting `architrave.server.path`")];
  }
  const found: Server[] = [];
  if (interpreter !== undefined) {
    const command = await programIn(path.dirname(interpreter), isWindows);
    if (command !== undefined) found.push(server(command, "the chosen Python environment"));
  }
  for (const folder of places.path) {
    // A relative folder of `PATH` would be looked up in whatever folder is open.
    const command = path.isAbsolute(folder) ? await programIn(folder, isWindows) : undefined;
    if (command !== undefined) {
      found.push(server(command, "`PATH`"));
      break;
    }
  }
  if (places.environment !== undefined) {
    const command = await programIn(binaries(places.environment, isWindows), isWindows);
    if (command !== undefined) found.push({ ...server(command, "the private environment"), isPrivate: true });
  }
  return found;
}

/** Return the folder of an environment that holds its programs. */
export function binaries(environment: string, isWindows: boolean): string {
  return path.join(environment, isWindows ? "Scripts" : "bin");
}

function server(command: string, origin: string): Server {
  return { command, arguments: ["server"], origin, isPrivate: false };
}

async function programIn(folder: string, isWindows: boolean): Promise<string | undefined> {
  const command = path.join(folder, isWindows ? "architrave.exe" : "architrave");
  return (await isProgram(command, isWindows)) ? command : undefined;
}

async function isProgram(file: string, isWindows: boolean): Promise<boolean> {
  try {
    if (!(await stat(file)).isFile()) return false;
    if (!isWindows) await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
