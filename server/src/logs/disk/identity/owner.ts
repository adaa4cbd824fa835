import { randomBytes } from 'node:crypto';
import { lstat, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootIdOf, isSameBoot } from './boot.ts';
import { isListening, listenAt } from './sockets.ts';

/** How a process says that it has a lock: an entry in its folder, which shows as well whether the process has ended. */
export interface Owner {
  /** Of the entry, with the pid in it: a process that is stopped answers nothing. It is never given twice. */
  readonly name: string;
  end(): Promise<void>;
}

/** A socket is closed by the system, however the process ends. A file is for where no sockets can be made. */
const NAME = /^(socket|file)-([1-9][0-9]{0,9})-[0-9a-f]{16}$/;

/** The pid of an owner; undefined where the entry is none. */
export function pidOf(name: string): number | undefined {
  const pid = NAME.exec(name)?.[2];
  return pid === undefined ? undefined : Number(pid);
}

/** Makes this process the owner of a folder. */
export async function own(folder: string, listen = listenAt): Promise<Owner> {
  const id = `${process.pid}-${randomBytes(8).toString('hex')}`;
  try {
    const name = `socket-${id}`;
    return { name, end: await listen(folder, name) };
  } catch {
    const name = `file-${id}`;
    await writeFile(join(folder, name), '', { mode: 0o600, flag: 'wx' });
    await writeFile(join(folder, name), JSON.stringify(await cardOf(folder, name, process.pid)));
    return { name, end: () => Promise.resolve() };
  }
}

/** Whether the owner of that name has ended. What cannot be found out has not. */
export async function hasEnded(folder: string, name: string): Promise<boolean> {
  const [, kind, pid] = NAME.exec(name) ?? [];
  if (kind === 'socket') return !(await isListening(folder, name));
  return kind === 'file' && hasProcessEnded(folder, name, Number(pid));
}

/** Enough to know a process again: another one may be given its pid. */
interface Card {
  readonly bootId: string;
  /** Of the file itself: a copy of the directory has an entry that nobody owns. */
  readonly inode: string;
  /** When the process started, as the system counts it; '' where it does not say so. */
  readonly started: string;
}

async function hasProcessEnded(folder: string, name: string, pid: number): Promise<boolean> {
  const now = await cardOf(folder, name, pid).catch(() => undefined);
  if (now === undefined || now.started === undefined) return true;
  let then: Card;
  try {
    then = JSON.parse(await readFile(join(folder, name), 'utf8')) as Card;
  } catch {
    // Not written yet, or lost with the power: the pid alone has to do.
    return false;
  }
  return now.inode !== then.inode || now.started !== then.started || !isSameBoot(now.bootId, then.bootId);
}

/** `started` is undefined where no such process runs. */
async function cardOf(
  folder: string,
  name: string,
  pid: number,
): Promise<Omit<Card, 'started'> & { readonly started: string | undefined }> {
  const { ino } = await lstat(join(folder, name), { bigint: true });
  return { bootId: await bootIdOf(), inode: String(ino), started: await startOf(pid) };
}

async function startOf(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line !== undefined) {
    // The name of the program comes before, in brackets, and may have any letters.
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    const [state = '', threads, started = ''] = [fields[0], Number(fields[17]), fields[19]];
    // Nobody has waited for it. Its first thread may be there alone, or others may still write.
    return 'ZX'.includes(state) && threads <= 1 ? undefined : started;
  }
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? undefined : '';
  }
}
