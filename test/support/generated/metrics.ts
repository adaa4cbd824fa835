import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Metric, Registry } from 'prom-client';
import { clusterMeters } from '../../../server/src/compose/cluster.ts';
import { startServer } from '../../../server/src/compose.ts';
import { type StreamFigures, streamMeters } from '../../../server/src/logs/jetstream/figures.ts';
import { readSettings } from '../../../server/src/settings/read.ts';
import { SILENT } from '../server.ts';
import { ANY_PORTS } from '../terminal.ts';
import { sections, table } from './regions.ts';
import { marked } from './tables.ts';

/** What prom-client knows of a metric beside its types. */
interface Registered {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly type: string;
}

type Registering = PropertyDescriptor & { readonly value: (this: Registry, metric: Metric) => void };

/** What the parts of a name say that the headings stand for, the first that fits. */
const GROUPS: readonly (readonly [heading: string, name: RegExp])[] = [
  ['Connections', /^zerospan_(?:connections|sockets|requests|http)/],
  ['Sessions and delivery', /^zerospan_(?:session|cohort|catching|replay|filter|deliveries|gaps)/],
  ['Puts and receipts', /^zerospan_(?:put|receipt)/],
  ['The log', /^zerospan_(?:log_(?!lines)|head_|publications_)/],
  ['Nodes of one bus', /^zerospan_cluster_/],
  ['ZeroMQ', /^zerospan_zeromq_/],
  ['Tokens and security', /^zerospan_(?:auth|security)_/],
  ['Others', /^/],
];

/** Labels whose values are not the same for every server. */
const OPEN_LABELS = ['address'];

/** A table of the server's own metrics for each of these headings. */
export async function metricsTables(): Promise<string> {
  const { metrics, text } = await running();
  const placed = metrics.map((metric) => ({
    ...metric,
    group: GROUPS.findIndex(([, fits]) => fits.test(metric.name)),
  }));
  return sections(
    placed.sort((a, b) => a.group - b.group),
    ({ group }) => GROUPS[group]?.[0] ?? '',
    (group) =>
      table(
        ['metric', 'type', 'label', 'meaning'],
        group.map((metric) => metricRow(metric, text)),
      ),
  );
}

function metricRow({ name, type, labelNames, help }: Registered, text: string): string[] {
  return [
    `\`${name}\``,
    type,
    labelNames.map((label) => labelCell(name, label, text)).join('<br>'),
    marked(help),
  ];
}

function labelCell(name: string, label: string, text: string): string {
  const found = text.matchAll(new RegExp(`^${name}\\{${label}="([^"]+)"`, 'gm'));
  const values = OPEN_LABELS.includes(label) ? [] : [...found].map(([, value = '']) => `\`${value}\``);
  return `\`${label}\`${values.length > 0 ? `: ${values.join(', ')}` : ''}`;
}

/**
 * What a server with tokens and a log on disk registers, and how it answers a scrape: of most labels it has all values
 * from the start.
 */
async function running(): Promise<{ metrics: Registered[]; text: string }> {
  const metrics: Registered[] = [];
  const before = Object.getOwnPropertyDescriptor(Registry.prototype, 'registerMetric') as Registering;
  Object.defineProperty(Registry.prototype, 'registerMetric', {
    ...before,
    value(this: Registry, metric: Metric) {
      metrics.push(metric as unknown as Registered);
      before.value.call(this, metric);
    },
  });
  try {
    const log = {
      ZEROSPAN_LOG_KIND: 'disk',
      ZEROSPAN_LOG_DIRECTORY: mkdtempSync(join(tmpdir(), 'metrics-')),
    };
    const { settings } = readSettings({ env: { ...ANY_PORTS, ...log } });
    const secrets = { env: { ZEROSPAN_AUTH_SECRET: 'x'.repeat(32) } };
    const server = await startServer(settings, { logger: SILENT, secrets });
    const text = await (await fetch(`${server.url}metrics`)).text();
    await server.stop();
    rmSync(settings.log.directory, { recursive: true });
    const own = metrics.filter(({ name }) => name.startsWith('zerospan_'));
    return { metrics: [...own, ...ofStreams()], text };
  } finally {
    Object.defineProperty(Registry.prototype, 'registerMetric', before);
  }
}

/** Those that a log on JetStream has instead of files: no server of NATS need run for the documents. */
function ofStreams(): Registered[] {
  const nothing = new Proxy({} as StreamFigures, { get: () => 0 });
  const meters = [...streamMeters(() => nothing), ...clusterMeters({ count: 0 }, { known: 0 })];
  return meters.map(({ name, help, kind }) => ({
    name,
    help,
    labelNames: [],
    type: kind,
  }));
}
