import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { version as libzmqVersion } from 'zeromq';

interface Entry {
  version?: string;
  resolved?: string;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}

const lockfile = new URL('../../package-lock.json', import.meta.url);
const { packages } = JSON.parse(readFileSync(lockfile, 'utf8')) as { packages: Record<string, Entry> };
const entries = Object.entries(packages);

/** Below these, vulnerabilities are known: the rows of the table in SECURITY.md. */
const security = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');
const minimum = Object.fromEntries(
  [...security.matchAll(/^\| `([^`]+)` \| (\d+\.\d+\.\d+) \|/gm)].map(([, name, least]) => [name, least]),
) as Record<string, string>;

function isAtLeast(version: string, least: string): boolean {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}

/** Whether `name` is found from the package at `path`, in its own node_modules or one further up. */
function isLocked(path: string, name: string): boolean {
  const parts = path === '' ? [] : path.split('/');
  return parts.concat('').some((_, up) => {
    const folder = parts.slice(0, parts.length - up).join('/');
    return `${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages;
  });
}

describe('package-lock.json', () => {
  it('names no host to download from', () => {
    const hosts = entries.filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
    expect(hosts.map(([path]) => path)).toEqual([]);
  });

  it('has an entry for every optional dependency, so that every platform can install', () => {
    const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !isLocked(path, name))
        .map((name) => `${path} > ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(minimum))('holds %s at %s or later', (name, least) => {
    const versions = entries
      .filter(([path]) => path.endsWith(`node_modules/${name}`))
      .map(([, { version = '' }]) => version);
    expect(versions).not.toEqual([]);
    expect(versions.filter((version) => !isAtLeast(version, least))).toEqual([]);
  });

  it('brings the libzmq of SECURITY.md or a later one', () => {
    const [, least = ''] = /^\| libzmq, in `zeromq` \| (\S+) \|/m.exec(security) ?? [];
    expect(least).toBe('4.3.5');
    expect(isAtLeast(libzmqVersion, least)).toBe(true);
  });

  it('is held against everything that reads a foreign byte', () => {
    const packages = [
      '@fastify/static',
      '@fastify/websocket',
      'fastify',
      'find-my-way',
      'jose',
      'ws',
      'yaml',
    ];
    expect(Object.keys(minimum).toSorted()).toEqual(packages);
  });

  it.each(['8.21.0', '8.9.9', '7.99.99'])('does not take %s for 8.21.1 or later', (version) => {
    expect(isAtLeast(version, '8.21.1')).toBe(false);
  });
});
