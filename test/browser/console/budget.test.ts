import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUILT, mustBeBuilt } from './opening.ts';

const KIB = 1_024;

/** Chunks that hold a plotting library: loaded with the first plot. */
const PLOTS = /^plot-/;

const zipped = (file: string): number =>
  gzipSync(readFileSync(join(BUILT, 'assets', file)), { level: 9 }).length;

describe('what a browser loads of the console, with gzip', () => {
  let files: string[];
  /** What the document names. */
  let first: string[];
  beforeAll(() => {
    mustBeBuilt();
    files = readdirSync(join(BUILT, 'assets'));
    const html = readFileSync(join(BUILT, 'index.html'), 'utf8');
    first = files.filter((file) => html.includes(file));
  });

  /** The code of a screen, with what it shares with others alone. */
  const lazy = (): string[] =>
    files.filter((file) => file.endsWith('.js') && !first.includes(file) && !PLOTS.test(file));

  it('is at most 60 KiB of scripts for the first screen, the client included', () => {
    const frame = first.filter((file) => file.endsWith('.js')).reduce((sum, file) => sum + zipped(file), 0);
    const largest = Math.max(...lazy().map(zipped));
    expect(frame + largest).toBeLessThanOrEqual(60 * KIB);
  });

  it('is at most 15 KiB for each other screen', () => {
    expect(lazy().length).toBeGreaterThan(0);
    expect(lazy().filter((file) => zipped(file) > 15 * KIB)).toEqual([]);
  });

  it('is at most 8 KiB of styles for the first screen', () => {
    const styles = files.filter((file) => file.endsWith('.css') && !PLOTS.test(file));
    const frame = styles.filter((file) => first.includes(file)).reduce((sum, file) => sum + zipped(file), 0);
    const largest = Math.max(...styles.filter((file) => !first.includes(file)).map(zipped));
    expect(frame + largest).toBeLessThanOrEqual(8 * KIB);
  });
});
