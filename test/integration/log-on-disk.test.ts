import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sign } from '../../server/src/auth/tokens/sign.ts';
import { Kept, state, testBus } from '../support/buses.ts';
import { endsWithUs, OWN_GROUP } from '../support/children.ts';
import { emptyFolder } from '../support/disk/log-folder.ts';
import { PROGRAM } from '../support/program.ts';
import { testServer } from '../support/server.ts';
import { ANY_PORTS, cli } from '../support/terminal.ts';
import { SECRET, secret } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const MIB = 1024 * 1024;
const ALL = [{ prefix: '' }];

/** A server whose log is in a folder. */
function onDisk(directory: string, options = {}, port = 0) {
  return testServer({ port, log: { kind: 'disk', directory, bytes: 64 * MIB } }, options);
}

/** A token of a user, who may read everything; an admin may also revoke. */
function tokenOf(subject: string, admin = false): Promise<string> {
  const about = { subject, issuer: 'zerospan', audience: 'zerospan', nowMs: Date.now(), lifeMs: 60_000 };
  const grants = { subscribe: ALL, history: ALL, admin };
  return sign(secret(SECRET), { ...about, grants });
}

/** `serve` as a process of its own, which may not write files above a number of MiB. */
function limitedServe(directory: string, mostMib: number) {
  const serve = [process.execPath, PROGRAM, 'serve', '--json', '--log', 'disk', '--log-directory', directory];
  const child: ChildProcess = endsWithUs(
    // The shell counts in blocks of 512 bytes.
    spawn('sh', ['-c', `ulimit -f ${mostMib * 2_048}; exec "$@"`, 'sh', ...serve], {
      ...OWN_GROUP,
      env: { ...process.env, ...ANY_PORTS },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  const written = { out: '', talk: '' };
  child.stdout?.on('data', (data) => (written.out += String(data)));
  child.stderr?.on('data', (data) => (written.talk += String(data)));
  return { written, ended: once(child, 'exit') as Promise<[number | null, string | null]> };
}

describe('a log on disk', () => {
  it('goes on in the same epoch after a restart: clients resume, and receive no gap', async () => {
    const directory = join(await emptyFolder(), 'log');
    const first = await onDisk(directory);
    const bus = testBus(first.ws);
    const kept = new Kept(bus.subscribe('room'));
    await bus.put('room', 'before');
    await kept.got('before');
    const port = Number(new URL(first.url).port);
    await first.stop();
    const next = await onDisk(directory, {}, port);
    expect(next.epoch).toBe(first.epoch);
    expect(next.log).toMatchObject({ kind: 'disk', directory, entries: 1 });
    await state(bus, 'live');
    await bus.put('room', 'after');
    await kept.got('after');
    expect(kept.messages).toEqual(['before', 'after']);
    expect(kept.gaps).toEqual([]);
    expect(kept.offsets).toEqual([1, 2]);
  });

  it('is in the state and the metrics of the server', async () => {
    const directory = await emptyFolder();
    const server = await onDisk(directory);
    await testBus(server.ws).put('room', 1);
    const status = (await (await fetch(`${server.url}v1/status`)).json()) as { log: Record<string, unknown> };
    expect(status.log).toMatchObject({ kind: 'disk', directory, entries: 1, oldest: 1, mostBytes: 64 * MIB });
    expect(status.log.bytes).toBeLessThan(1_000);
    const metrics = await (await fetch(`${server.url}metrics`)).text();
    expect(metrics).toMatch(/^zerospan_log_disk_entries 1$/m);
    expect(metrics).toMatch(/^zerospan_log_disk_syncs_total [1-9]/m);
  });

  it('begins a new epoch where that is asked for', async () => {
    const directory = await emptyFolder();
    const first = await onDisk(directory);
    await first.stop();
    const next = await onDisk(directory, { isNewEpoch: true });
    expect(next.epoch).not.toBe(first.epoch);
    await next.stop();
    expect((await onDisk(directory)).epoch).toBe(next.epoch);
  });

  it('keeps access revoked over a restart, and refuses a start that could not know it', async () => {
    const directory = await emptyFolder();
    const secrets = { secrets: { env: { ZEROSPAN_AUTH_SECRET: SECRET } } };
    const first = await onDisk(directory, secrets);
    const answer = await fetch(`${first.url}admin/revocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf('root', true)}` },
      body: JSON.stringify({ subject: 'alice' }),
    });
    expect(answer.status).toBe(204);
    const file = join(directory, 'revocations.json');
    // Before the server ends: what was answered is on the disk.
    expect(await readFile(file, 'utf8')).toContain('subject:alice');
    await first.stop();
    const next = await onDisk(directory, secrets);
    const statusOf = async (subject: string) => {
      const headers = { authorization: `Bearer ${await tokenOf(subject)}` };
      return (await fetch(`${next.url}v1/history?all`, { headers })).status;
    };
    expect([await statusOf('alice'), await statusOf('bob')]).toEqual([401, 200]);
    await next.stop();
    await writeFile(file, 'nonsense');
    await expect(onDisk(directory, secrets)).rejects.toThrow(/revocations\.json cannot be read/);
    // It has let go of the folder.
    await writeFile(file, '{"version":1,"revocations":[]}');
    await onDisk(directory, secrets);
  });

  it('says in readiness that a part of it is damaged, and delivers the rest', async () => {
    const directory = await emptyFolder();
    const first = await onDisk(directory);
    const bus = testBus(first.ws);
    for (const message of ['a', 'b', 'c']) await bus.put('room', message);
    await bus.close();
    await first.stop();
    const name = (await readdir(directory)).find((each) => each.startsWith('segment-')) as string;
    const bytes = await readFile(join(directory, name));
    const at = bytes.indexOf('"b"');
    bytes[at + 1] = 'x'.charCodeAt(0);
    await writeFile(join(directory, name), bytes);
    const { url } = await onDisk(directory);
    const ready = (await (await fetch(`${url}health/ready`)).json()) as { ready: boolean; notes: string[] };
    expect(ready).toMatchObject({ ready: true, notes: [expect.stringMatching(/^log: .*damaged.* 2 /)] });
    const lines = (await (await fetch(`${url}v1/history?all`)).text()).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { gap: { to: 2, missed: null } },
      { message: 'a', offset: 1 },
      { message: 'c', offset: 3 },
    ]);
  });

  it('of a copied folder begins a new epoch, and says so', async () => {
    const directory = await emptyFolder();
    const first = await onDisk(directory);
    await testBus(first.ws).put('room', 'a');
    await first.stop();
    const copy = join(await emptyFolder(), 'copy');
    await cp(directory, copy, { recursive: true });
    const next = await onDisk(copy);
    expect(next.epoch).not.toBe(first.epoch);
    expect(next.log.entries).toBe(1);
    const { notes } = (await (await fetch(`${next.url}health/ready`)).json()) as { notes: string[] };
    expect(notes).toEqual([expect.stringMatching(/^log: .*copy.*zerospan log move/)]);
  });

  it('refuses to start on the folder of another server, and names both ways out', async () => {
    const directory = await emptyFolder();
    await onDisk(directory);
    const { code, out, talk } = await cli(['serve', '--log', 'disk', '--log-directory', directory]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(talk).toContain(`log.directory ${directory}: another server has it, the process ${process.pid}`);
    expect(talk).toMatch(/\n {2}.*--log-directory DIR.*--log memory/);
  });

  it('refuses to start where there is something else', async () => {
    const directory = await emptyFolder();
    await writeFile(join(directory, 'package.json'), '{}');
    const { code, talk } = await cli(['serve', '--log', 'disk', '--log-directory', directory]);
    expect(code).toBe(1);
    expect(talk).toContain(`log.directory ${directory}: it holds something else than a log: package.json`);
    const file = join(directory, 'package.json');
    const inFile = await cli(['serve', '--log', 'disk', '--log-directory', file]);
    expect(inFile).toMatchObject({ code: 1, out: '' });
    expect(inFile.talk).toMatch(/log\.directory .*package\.json: it cannot be used: /);
  });

  it('ends the process with 1 and a last line where the disk fails, and is whole at the next start', async () => {
    const directory = join(await emptyFolder(), 'log');
    await mkdir(directory);
    await chmod(directory, 0o700);
    const { written, ended } = limitedServe(directory, 5);
    await until('the server', () => written.out.includes('\n'));
    const { ws } = JSON.parse(written.out) as { ws: string };
    const bus = testBus(ws);
    let accepted = 0;
    const putting = async (): Promise<void> => {
      for (;;) {
        await bus.put('room', 'x'.repeat(50_000));
        accepted++;
      }
    };
    const puts = putting().catch(() => undefined);
    expect(await ended).toEqual([1, null]);
    expect(written.talk.trimEnd().split('\n').at(-2)).toMatch(
      /^zerospan: log\.directory .*: writing failed \(EFBIG: .*\); nobody can know .*, so the server ends$/,
    );
    expect(written.talk.trimEnd().split('\n').at(-1)).toMatch(/^ {2}Check the disk/);
    await bus.close({ timeoutMs: 0 });
    await puts;
    const next = await onDisk(directory);
    expect(accepted).toBeGreaterThan(50);
    expect(next.log.entries).toBeGreaterThanOrEqual(accepted);
  });
});
