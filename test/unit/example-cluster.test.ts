import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { helpOf } from '../support/command-help.ts';
import { programPath } from '../support/program-path.ts';
import { available } from '../support/required.ts';

const folder = fileURLToPath(new URL('../../examples/cluster/', import.meta.url));
const read = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly ports?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile_inline: string };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

// `merge`: the key << is of YAML 1.1, and Compose reads it.
const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as Compose;
const named = (start: string): string[] => Object.keys(services).filter((name) => name.startsWith(start));
const natsServers = named('nats-');
const nodes = named('node-');
const caddy = programPath('caddy');

describe('examples/cluster/compose.yaml', () => {
  it('has three NATS servers, two nodes and a balancer that this machine alone reaches', () => {
    expect(Object.keys(services)).toEqual([...natsServers, ...nodes, 'balancer']);
    expect([natsServers.length, nodes.length]).toEqual([3, 2]);
    const open = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(open).toEqual(['127.0.0.1:8080:8080']);
    expect(Object.values(services).every(({ image }) => image !== '')).toBe(true);
  });

  it('waits for services, mounts volumes and files, and builds from a folder that are there', () => {
    for (const { depends_on = [], volumes: mounts = [], build } of Object.values(services)) {
      expect(Object.keys(services)).toEqual(expect.arrayContaining([...depends_on]));
      for (const mount of mounts) {
        const [source = ''] = mount.split(':');
        expect(source.startsWith('./') ? existsSync(`${folder}${source}`) : source in volumes, mount).toBe(
          true,
        );
      }
      if (build === undefined) continue;
      const [, program = ''] = /"(cli\/\S+)"/.exec(build.dockerfile_inline) ?? [];
      expect(existsSync(`${folder}${build.context}/${program}`)).toBe(true);
    }
  });

  it.each(natsServers)('gives %s its name and a volume of its own, and has the others know it', (name) => {
    expect(services[name]?.command).toEqual(['--config', '/etc/nats.conf', '--name', name]);
    expect(services[name]?.volumes).toEqual(['./nats.conf:/etc/nats.conf:ro', `${name}:/data`]);
    expect(read('nats.conf')).toContain(`"nats://${name}:6222"`);
    expect(read('nats.conf')).toMatch(/store_dir: "\/data", sync_interval: always/);
  });

  it.each(nodes)(
    'starts %s with flags that there are, on all NATS servers, and behind the balancer',
    async (name) => {
      const command = services[name]?.command ?? [];
      const help = await helpOf('serve');
      for (const flag of command)
        expect(help).toMatch(new RegExp(`^ +${flag.replace(/=.*/, '')}(?= |$)`, 'm'));
      const nats = command.filter((flag) => flag.startsWith('--nats='));
      expect(nats).toEqual(natsServers.map((server) => `--nats=nats://${server}:4222`));
      expect(command).toEqual(
        expect.arrayContaining(['--log=jetstream', `--nats-replicas=${natsServers.length}`]),
      );
      expect(read('Caddyfile')).toMatch(new RegExp(`reverse_proxy .*\\b${name}:8080`));
    },
  );

  it.runIf(available('caddy', caddy))('has a Caddyfile that Caddy takes', () => {
    execFileSync(caddy as string, ['validate', '--adapter', 'caddyfile', '--config', `${folder}Caddyfile`], {
      stdio: 'pipe',
    });
  });
});
