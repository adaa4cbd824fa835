import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** PORT: receives what becomes of keys and revocations, for the operator. It MUST NOT throw. */
export interface AuthLog {
  report(
    event: 'keys-reloaded' | 'keys-not-reloaded',
    about: Readonly<Record<string, string | number | undefined>>,
  ): void;
}

/**
 * How often files are checked, in ms: a change is read well within a second. Watching by the system misses files that
 * are replaced through links.
 */
const POLL_MS = 400;

export interface ReloadedOptions {
  /** The setting that names the files. */
  readonly setting: string;
  readonly files: readonly string[];
  /** Reads them all and puts what it read into use; rejects, with nothing changed, when one cannot be used. */
  readonly read: () => Promise<void>;
  readonly log: AuthLog;
  /** Asks the system about a file; rejects where there is none. Default: `stat` of Node. */
  readonly stat?: (file: string) => Promise<Pick<Stats, 'ino' | 'size' | 'mtimeMs' | 'ctimeMs'>>;
}

/**
 * Files that are read at the start, and again when they change or when it is asked for. What cannot be read leaves in
 * use what was read before.
 */
export class Reloaded {
  readonly #options: ReloadedOptions;
  #seen = '';
  #last: Promise<boolean> = Promise.resolve(true);
  #timer: NodeJS.Timeout | undefined;
  #isChecking = false;
  /** How often reading failed after the start. */
  failures = 0;

  /** @throws whatever `read` throws at the start */
  static async open(options: ReloadedOptions): Promise<Reloaded> {
    const reloaded = new Reloaded(options);
    // The state is noted before the read: what is written in between is then seen as a change.
    reloaded.#seen = await reloaded.#fingerprint();
    await options.read();
    reloaded.#timer = setInterval(() => void reloaded.#readIfChanged(), POLL_MS);
    reloaded.#timer.unref();
    return reloaded;
  }

  private constructor(options: ReloadedOptions) {
    this.#options = options;
  }

  /** Reads them again, one reading after another; answers whether it could. It never rejects. */
  reload(): Promise<boolean> {
    this.#last = this.#last.then(async () => {
      const { setting, files, read, log } = this.#options;
      this.#seen = await this.#fingerprint();
      try {
        await read();
        log.report('keys-reloaded', { setting, files: files.join(', ') });
        return true;
      } catch (error) {
        this.failures++;
        log.report('keys-not-reloaded', { setting, reason: (error as Error).message });
        return false;
      }
    });
    return this.#last;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #readIfChanged(): Promise<void> {
    // A disk may be slower than the timer.
    if (this.#isChecking) return;
    this.#isChecking = true;
    if ((await this.#fingerprint()) !== this.#seen) await this.reload();
    this.#isChecking = false;
  }

  async #fingerprint(): Promise<string> {
    const { files, stat: ask = stat } = this.#options;
    const parts = files.map(async (file) => {
      const found = await ask(file).catch(() => undefined);
      return found ? [found.ino, found.size, found.mtimeMs, found.ctimeMs].join() : 'gone';
    });
    return (await Promise.all(parts)).join(' ');
  }
}
