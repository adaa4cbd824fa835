import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { casesOf, figuresOf } from '../../../bench/against/compared.ts';
import { againstTable } from '../../../bench/against/table.ts';
import { compare } from '../../../bench/against/verdicts.ts';
import { buildIn, ROOT } from '../../../bench/build.ts';
import { SCENARIOS } from '../../../bench/scenarios/index.ts';

describe('what a commit is compared by', () => {
  it('is said for every scenario', () => {
    for (const scenario of SCENARIOS) expect(figuresOf(scenario), scenario.name).not.toEqual([]);
  });

  it('are the cases that every change must keep, where none is named', () => {
    const usual = SCENARIOS.map((scenario) => [
      scenario.name,
      casesOf(scenario, false, '').map(({ name }) => name),
    ]).filter(([, cases]) => cases?.length !== 0);
    expect(usual).toEqual([
      ['fan-out', ['200 × 5,000/s', '200 × 20,000/s']],
      ['direct', ['1,000 × own']],
      ['rooms', ['1,000 × room and own']],
      ['broadcast put', ['1 put × 1,000 channels']],
      ['observer', ['1 socket, 10,000 channels']],
      ['ingest', ['1 channel', '1,000 channels']],
      ['idle', ['10,000 connections']],
    ]);
  });

  it('are all cases of a scenario that is named', () => {
    const [fanout] = SCENARIOS;
    if (!fanout) throw new Error('no scenario');
    expect(casesOf(fanout, true, '')).toEqual(fanout.cases);
    expect(casesOf(fanout, true, '1,000 × 5').map(({ name }) => name)).toEqual(['1,000 × 5,000/s']);
  });
});

describe('the table of a comparison', () => {
  it('says both figures, both ratios with their ranges, and the verdict', () => {
    const of = { scenario: 'fan-out', case: '200 × 5,000/s' };
    const cost = compare([{ present: 2, old: 1, again: 1 }], false);
    const share = compare([{ present: 0.9, old: 1, again: Number.NaN }], true);
    const table = againstTable(
      [
        { ...of, figure: 'cpuUs', ...cost },
        { ...of, figure: 'deliveredShare', ...share },
      ],
      '0c6cb50',
    );
    const label = 'fan-out, 200 × 5,000/s';
    expect(table.split('\n')).toEqual([
      '| case | figure | 0c6cb50 | new | new ÷ old | old ÷ old | verdict |',
      '| --- | --- | --: | --: | --: | --: | --- |',
      `| ${label} | server CPU each, µs | 1.00 | 2.00 | 2.000 (2.000–2.000) | 1.000 (1.000–1.000) | slower |`,
      `| ${label} | delivered, % (old ÷ new) | 100.0 | 90.0 | 1.111 (1.111–1.111) |  | slower |`,
    ]);
  });
});

describe('the command line of a work tree', () => {
  function tree(manifests: Record<string, object>): string {
    const root = mkdtempSync(join(tmpdir(), 'zerospan-test-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const [folder, manifest] of Object.entries(manifests)) {
      mkdirSync(join(root, folder), { recursive: true });
      writeFileSync(join(root, folder, 'package.json'), JSON.stringify(manifest));
    }
    return root;
  }

  it.each(['server', 'cli'])('is found in the workspace that has it: %s', (name) => {
    const root = tree({
      '.': { workspaces: ['shared', 'server', 'cli'] },
      shared: {},
      server: {},
      [name]: { bin: { zerospan: 'bin/zerospan.js' } },
    });
    expect(buildIn(root).bin).toBe(join(root, name, 'bin/zerospan.js'));
  });

  it('is missed with a sentence', () => {
    expect(() => buildIn(tree({ '.': { workspaces: ['shared'] } }))).toThrow(
      /no workspace of .* has the command/,
    );
  });

  it('is found in this one', () => {
    expect(buildIn(ROOT).bin).toMatch(/zerospan\.js$/);
  });
});
