import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../../server/src/settings/read.ts';
import { emptyFolder, logFolder } from '../../support/disk/log-folder.ts';
import { findNatsServer, NatsServer } from '../../support/jetstream/nats-server.ts';
import { available } from '../../support/required.ts';
import { testServer } from '../../support/server.ts';
import { SNIPPETS } from '../../support/snippets.ts';
import { cli } from '../../support/terminal.ts';

const path = findNatsServer();

/** Lines without what an import gives them. */
const kept = (text: string): string =>
  text.replaceAll(/"epoch":"[^"]*"/g, '"epoch":E').replaceAll(/"(offset|from|to|time)":\d+/g, '"$1":N');

describe.runIf(available('nats-server', path))('moving a log between a folder and a stream', () => {
  let nats: NatsServer;

  beforeAll(async () => {
    nats = await NatsServer.start(path as string);
  });
  afterAll(() => nats.stop());

  const configOf = async (stream: string): Promise<StreamConfig> => {
    const connection = await connect({ servers: nats.address });
    const { config } = await (await jetstreamManager(connection)).streams.info(stream);
    await connection.close();
    return config;
  };

  /** The lines of `zerospan log` that docs/cluster.md shows, in other places. */
  const shown = (places: Readonly<Record<string, string>>): string[][] => {
    const snippets = SNIPPETS.filter(({ heading }) => heading === 'Moving from disk to JetStream');
    return snippets
      .flatMap(({ code }) => code.split('\n'))
      .filter((line) => line.startsWith('npx zerospan log '))
      .map((line) =>
        line
          .split(' ')
          .slice(2)
          .map((word) => places[word] ?? word),
      );
  };

  it('works as docs/cluster.md says, in both directions, and a server goes on from it', async () => {
    const [folder, place] = [await logFolder(), await emptyFolder()];
    const lines = shown({
      '.zerospan': folder,
      'bus.ndjson': join(place, 'bus.ndjson'),
      restored: join(place, 'restored'),
      'nats://127.0.0.1:4222': nats.address,
    });
    expect(lines).toHaveLength(4);
    const before = (await cli(['log', 'export', folder])).out;
    for (const [i, args] of lines.entries()) {
      // The file of the first half is there: each half is a move of its own.
      const own = args.map((word) => (i >= 2 && word.endsWith('bus.ndjson') ? `${word}.back` : word));
      const { code, talk } = await cli(own);
      expect({ code, talk, own }).toMatchObject({ code: 0 });
    }
    const stream = await cli(['log', 'export', '--nats', nats.address]);
    // What was missing on disk is an upstream gap of every channel.
    const gap = '{"gap":{"reason":"upstream","epoch":E,"from":N,"to":N,"missed":null,"time":N}}';
    const missing = '{"gap":{"reason":"missing","epoch":E,"from":N,"to":N,"missed":null}}';
    expect(kept(stream.out)).toBe(kept(before).replace(missing, gap));
    expect(kept((await cli(['log', 'export', join(place, 'restored')])).out)).toBe(kept(stream.out));
    const { settings } = readSettings({ env: { ZEROSPAN_LOG_KIND: 'jetstream' } });
    const server = await testServer({
      log: settings.log,
      nats: { ...settings.nats, servers: [nats.address] },
    });
    expect(stream.out).toContain(`"epoch":"${server.epoch}"`);
    const history = await (await fetch(`${server.url}v1/history?channel=votes`)).text();
    expect(history.match(/"message"/g)).toHaveLength(3);
  });

  it('refuses a stream that has entries, and one that is not there', async () => {
    const [file, stream] = [join(await emptyFolder(), 'x.ndjson'), ['--nats-stream', 'taken']];
    await writeFile(file, '{"channel":"a","time":1,"message":1}\n');
    const servers = ['--nats', nats.address];
    const none = await cli(['log', 'export', ...servers, ...stream]);
    expect(none.code).toBe(1);
    expect(none.talk).toMatch(/^zerospan: nats\.stream taken: there is no such stream.*\n.*nats stream ls/);
    const first = await cli(['log', 'import', ...servers, ...stream, '--input', file]);
    expect(first).toMatchObject({
      code: 0,
      talk: expect.stringContaining('nats.stream taken: 1 publication,'),
    });
    // With other limits, which would drop what others have there.
    const limits = ['--log-bytes', '20000000', '--log-age-ms', '1000'];
    const before = await configOf('taken');
    const again = await cli(['log', 'import', ...servers, ...stream, ...limits, '--input', file]);
    expect(again.code).toBe(1);
    expect(again.talk).toMatch(
      /^zerospan: nats\.stream taken: the stream has entries.*\n.*nats stream rm taken/,
    );
    expect(await configOf('taken')).toEqual(before);
  });

  it('gives a new stream the limits that it is given, and says where they have cut it', async () => {
    const file = join(await emptyFolder(), 'x.ndjson');
    const line = JSON.stringify({ channel: 'a', time: 1, message: 'x'.repeat(200_000) });
    await writeFile(file, `${line}\n`.repeat(120));
    const limits = ['--log-bytes', '17000000', '--log-age-ms', '3600000'];
    const servers = ['--nats', nats.address, '--nats-stream', 'small'];
    const { code, talk } = await cli(['log', 'import', ...servers, ...limits, '--input', file]);
    expect({ code, talk }).toMatchObject({ code: 0, talk: expect.stringContaining('log.bytes') as string });
    expect(await configOf('small')).toMatchObject({ max_bytes: 17_000_000, max_age: 3_600_000 * 1e6 });
    const { out } = await cli(['log', 'export', ...servers]);
    const held = out.split('\n').length - 1;
    expect([held > 60, held < 90]).toEqual([true, true]);
  });

  it('names the setting and the address of servers that are not there', async () => {
    const { code, talk } = await cli(['log', 'import', '--nats', 'nats://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(talk).toMatch(/^zerospan: nats\.servers nats:\/\/127\.0\.0\.1:1: no NATS server answers.*\n.*-js/);
  });
});
