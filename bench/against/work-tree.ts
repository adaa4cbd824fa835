import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endsWithUs, goesWithUs, OWN_GROUP, signalGroup } from '../../test/support/children.ts';
import { type Build, buildIn } from '../build.ts';
import { Interrupted, type Interruption } from '../interrupt.ts';

/** What the packages of a commit and its build may take; a machine that is this slow measures nothing. */
const STEP_LIMIT_MS = 600_000;

/** The end of what a step printed: enough for the error. */
const OUTPUT_CHARACTERS = 2_000;

/** Why a commit cannot be compared with. */
export class Unbuildable extends Error {}

/**
 * Another commit of a repository, checked out in a folder of its own outside of it. The folder goes when it is removed,
 * and with this process at the latest.
 */
export class WorkTree {
  /** The commit, in full. */
  readonly commit: string;
  readonly folder: string;
  readonly #repository: string;
  readonly #around: string;

  /** @throws Unbuildable when there is no such commit */
  constructor(repository: string, ref: string) {
    this.#repository = repository;
    this.commit = this.#commitOf(ref);
    // Those of an earlier run that was killed.
    this.#git('worktree', 'prune');
    this.#around = mkdtempSync(join(tmpdir(), 'zerospan-against-'));
    goesWithUs(this.#around);
    this.folder = join(this.#around, 'tree');
    this.#git('worktree', 'add', '--quiet', '--detach', this.folder, this.commit);
  }

  /**
   * Installs its own packages and builds it as it builds itself.
   * @throws Unbuildable when one of the two fails
   */
  async build(interruption: Interruption): Promise<Build> {
    // No package of ours runs a script when it is installed, and no other should.
    await this.#npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], interruption);
    await this.#npm(['run', '--silent', 'build'], interruption);
    try {
      return buildIn(this.folder);
    } catch (error) {
      throw new Unbuildable(`${this.commit} was built, but ${(error as Error).message}.`);
    }
  }

  /** May be called twice. */
  remove(): void {
    rmSync(this.#around, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    this.#git('worktree', 'prune');
  }

  #commitOf(ref: string): string {
    try {
      return this.#git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);
    } catch {
      throw new Unbuildable(`There is no commit "${ref}" here.`);
    }
  }

  #git(...args: string[]): string {
    return execFileSync('git', ['-C', this.#repository, ...args], { encoding: 'utf8' }).trim();
  }

  /** The prefix is named, because npm may have been started by npm, and that one's would be taken. */
  async #npm(args: readonly string[], interruption: Interruption): Promise<void> {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const whole = [...args, '--prefix', this.folder];
    const child = endsWithUs(spawn('npm', whole, { ...OWN_GROUP, cwd: this.folder, stdio }));
    let reported = '';
    const report = (text: string): void => {
      reported = `${reported}${text}`.slice(-OUTPUT_CHARACTERS);
    };
    child.stdout.setEncoding('utf8').on('data', report);
    child.stderr.setEncoding('utf8').on('data', report);
    const limit = setTimeout(() => signalGroup(child, 'SIGKILL'), STEP_LIMIT_MS);
    try {
      const [code] = (await interruption.unless(once(child, 'close'))) as [number | null];
      if (code === 0) return;
      const how = code === null ? 'was killed' : `ended with ${code}`;
      throw new Unbuildable(
        `${this.commit} cannot be built: npm ${args.join(' ')} ${how}.\n${reported.trim()}`,
      );
    } catch (error) {
      // It would go on writing into a folder that is about to be removed.
      if (error instanceof Interrupted) signalGroup(child, 'SIGKILL');
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }
}
