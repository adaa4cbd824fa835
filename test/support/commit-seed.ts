import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Hexadecimal digits of the hash that make a seed: few enough for 32 bits. */
const DIGITS = 7;

/**
 * Where the random numbers of the long suites begin: drawn from the commit, so that each commit tries something else,
 * and every run of one commit tries the same. `ZEROSPAN_TEST_SEED` takes its place. It is printed.
 */
export function commitSeed(): number {
  const given = process.env.ZEROSPAN_TEST_SEED;
  const seed = given === undefined ? Number.parseInt(commit().slice(0, DIGITS), 16) : Number(given);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`ZEROSPAN_TEST_SEED is a whole number, not ${given}`);
  console.log(`seed ${seed}; again with ZEROSPAN_TEST_SEED=${seed}`);
  return seed;
}

/** Outside of a clone, as in an archive of the sources, there is no commit to draw from. */
function commit(): string {
  try {
    // Root runs the tests in a folder of somebody else's.
    const args = ['-c', 'safe.directory=*', 'rev-parse', 'HEAD'];
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '1';
  }
}
