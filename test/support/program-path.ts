import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where a program is, on the path or in the folder of servers, which users other than root have not on theirs. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].filter(
    (folder) => folder !== '',
  );
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
