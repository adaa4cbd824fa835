import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Import, importsOf, PAGE_SOURCES, read, SOURCES } from '../support/imports.ts';

/** What a room may import: below a folder (`…/`), types only (`type:…`), any other package (`outside`). */
interface Room {
  files: RegExp;
  allow: string[];
}

// The first room whose pattern fits a file holds for it.
const rooms: Room[] = [
  { files: /^shared\/src\//, allow: ['shared/src/'] },
  {
    files: /^client\/src\/connection\/(?:witness\/)?[a-z]+-node\.ts$/,
    allow: ['client/src/', '#socket', '@zerospan/shared', 'ws', 'node:tls', 'type:node:http'],
  },
  { files: /^client\/src\//, allow: ['client/src/', '#socket', '@zerospan/shared'] },
  {
    files: /^client\/console\/src\//,
    allow: ['client/console/', '@zerospan/client', '@zerospan/shared', 'outside'],
  },
  {
    files: /^server\/src\/core\//,
    allow: ['server/src/core/', '@zerospan/shared', 'node:buffer', 'node:crypto'],
  },
  ...['logs', 'zeromq', 'web'].map((room) => ({
    files: new RegExp(`^server/src/${room}/`),
    allow: [
      `server/src/${room}/`,
      'server/src/core/',
      'type:server/src/settings/settings.ts',
      'type:server/src/security-events.ts',
      // They know nothing, and are asked on all sides.
      'server/src/loopback.ts',
      'server/src/log-throttle.ts',
      'server/src/schema.ts',
      'server/src/settings/files/checked-file.ts',
      '@zerospan/shared',
      'outside',
    ],
  })),
  {
    // The way to the servers of NATS is that of the log on them.
    files: /^server\/src\/cluster\//,
    allow: [
      'server/src/cluster/',
      'server/src/core/',
      'server/src/logs/jetstream/nats/',
      'server/src/logs/jetstream/stream.ts',
      // A port that stands beside its user.
      'type:server/src/zeromq/ingress/source-leases.ts',
      'server/src/loopback.ts',
      '@zerospan/shared',
      'outside',
    ],
  },
  {
    files: /^server\/src\/auth\//,
    allow: [
      'server/src/auth/',
      'server/src/core/',
      'type:server/src/settings/settings.ts',
      'server/src/settings/read.ts',
      'server/src/schema.ts',
      'server/src/settings/files/checked-file.ts',
      '@zerospan/shared',
      'outside',
    ],
  },
  { files: /^cli\/src\/load\//, allow: ['cli/src/load/', '@zerospan/shared', 'outside'] },
  {
    files: /^cli\/src\//,
    allow: ['cli/src/', '@zerospan/server/', '@zerospan/client', '@zerospan/shared', 'outside'],
  },
  {
    files: /^server\/src\/(?:(?:compose|exports)\/|(?:compose|index)\.ts$)/,
    allow: ['server/src/', '@zerospan/shared', 'outside'],
  },
  {
    files: /^server\/src\/settings\//,
    allow: [
      'server/src/settings/',
      'server/src/loopback.ts',
      'server/src/schema.ts',
      '@zerospan/shared',
      'outside',
    ],
  },
  // Files beside compose and index, such as redaction: they know no room.
  {
    files: /^server\/src\/[^/]+\.ts$/,
    // Shares of a bound know nothing.
    allow: [
      'server/src/*.ts',
      'type:server/src/core/meter.ts',
      'server/src/core/sharing/',
      '@zerospan/shared',
      'outside',
    ],
  },
];

function isAllowed({ target, typeOnly }: Import, allow: string[]): boolean {
  const ours = /^(@zerospan\/|zerospan(?:\/|$)|#|(shared|client|server|cli|test|bench)\/|\.\.)/.test(target);
  return allow.some((entry) => {
    if (entry === 'outside') return !ours;
    if (entry.startsWith('type:')) return typeOnly && target === entry.slice('type:'.length);
    if (entry.endsWith('/*.ts')) return dirname(target) === dirname(entry);
    return entry.endsWith('/') ? target.startsWith(entry) : target === entry;
  });
}

function violations(file: string, text: string): string[] {
  const room = rooms.find(({ files }) => files.test(file));
  if (room === undefined) return [`${file}: belongs to no room; add one to ${import.meta.url}`];
  const { allow } = room;
  const found = importsOf(file, text)
    .filter((each) => !isAllowed(each, allow))
    .map(({ target }) => `${file} must not import ${target}`);
  if (/\b(createRequire|require)\s*\(|\bimport\s*\(\s*[^'"\s]/.test(text)) {
    found.push(`${file}: only imports that can be read here are allowed`);
  }
  return found;
}

describe('import rules', () => {
  it('hold in every source file', () => {
    expect(SOURCES.length).toBeGreaterThan(0);
    expect([...SOURCES, ...PAGE_SOURCES].flatMap((file) => violations(file, read(file)))).toEqual([]);
  });

  it.each([
    ['shared/src/codec.ts', `import { Buffer } from 'node:buffer';`],
    ['shared/src/codec.ts', `import {\n  a,\n  b,\n} from "fastify";`],
    ['shared/src/codec.ts', `import '../../client/src/bus.ts';`],
    ['client/src/bus.ts', `import WebSocket from 'ws';`],
    ['client/src/bus.ts', `import * as zmq from 'zeromq';`],
    ['client/src/bus.ts', `import type { Buffer } from 'node:buffer';`],
    ['client/src/connection/socket-node.ts', `import * as zmq from 'zeromq';`],
    ['client/src/bus.ts', `export * from '@zerospan/server';`],
    ['server/src/web/socket/link.ts', `import { Bus } from '@zerospan/client';`],
    ['server/src/web/socket/link.ts', `import { Bus } from '../../../../client/src/bus.ts';`],
    ['server/src/web/socket/link.ts', `import { Ingress } from '../../zeromq/ingress.ts';`],
    ['server/src/web/socket/link.ts', `import { settings } from '../../settings/settings.ts';`],
    ['server/src/web/socket/link.ts', `import { compose } from '../../compose.ts';`],
    ['server/src/zeromq/ingress.ts', `import type { Link } from '../web/link.ts';`],
    ['server/src/logs/memory.ts', `import { Ingress } from '../zeromq/ingress.ts';`],
    ['server/src/cluster/nats/a.ts', `import { JetStreamStore } from '../../logs/jetstream/index.ts';`],
    ['server/src/core/cluster/nodes.ts', `import { NatsNetwork } from '../../cluster/nats/network.ts';`],
    ['server/src/cluster/nats/leases.ts', `import { Ingress } from '../../zeromq/ingress/ingress.ts';`],
    ['server/src/web/http/admin.ts', `import { Revocations } from '../../auth/revocations.ts';`],
    ['server/src/auth/tokens/verify.ts', `import { addAdmin } from '../../web/http/admin.ts';`],
    ['server/src/core/log.ts', `import type { FastifyInstance } from 'fastify';`],
    ['server/src/core/hub.ts', `import { jwtVerify } from 'jose';`],
    ['server/src/core/log.ts', `const net = await import('node:net');`],
    ['server/src/core/log.ts', `import type { Settings } from '../settings/settings.ts';`],
    ['server/src/settings/settings.ts', `import { Log } from '../core/log.ts';`],
    ['server/src/core/log.ts', `const net = require(name);`],
    ['server/src/core/log.ts', `const net = await import(name);`],
    ['cli/src/commands/put.ts', `import { readSettings } from '../../../server/src/settings/read.ts';`],
    ['cli/src/load/pace.ts', `import { startServer } from '@zerospan/server/standalone';`],
    ['server/src/compose.ts', `import { Pace } from 'zerospan/load';`],
    ['client/src/bus.ts', `import { Pace } from 'zerospan/load';`],
    ['server/src/elsewhere/log.ts', ''],
  ])('%s is refused: %s', (file, text) => {
    expect(violations(file, text)).toHaveLength(1);
  });

  it.each([
    ['shared/src/index.ts', `export * from './codec.ts';\nexport type { A } from './channel.ts';`],
    [
      'client/src/connection/connection.ts',
      `import { open } from '#socket';\nimport { encode } from '@zerospan/shared';`,
    ],
    ['client/src/connection/socket-node.ts', `import WebSocket from 'ws';`],
    ['client/console/src/main.tsx', `import { Bus } from '@zerospan/client';\nimport './style.css';`],
    ['server/src/core/log.ts', `import { randomUUID } from 'node:crypto';\n// import 'fastify';`],
    ['server/src/core/log.ts', `/** as in\n * import { a } from 'fastify';\n */\nimport './ports.ts';`],
    [
      'server/src/web/socket/link.ts',
      `import type { Settings } from '../../settings/settings.ts';\nimport fastify from 'fastify';`,
    ],
    [
      'cli/src/commands/put.ts',
      `import { put } from '@zerospan/client';\nimport { readSettings } from '@zerospan/server/settings';`,
    ],
    ['server/src/compose.ts', `import { Log } from './core/log.ts';\nimport { web } from './web/plugin.ts';`],
  ])('%s is accepted: %s', (file, text) => {
    expect(violations(file, text)).toEqual([]);
  });
});
