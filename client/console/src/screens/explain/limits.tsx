import type { ServerStatus } from '@zerospan/shared';
import { bytes, count, duration } from '../../data/format.ts';
import { useServices } from '../../shell/services.ts';

/** From this share on a limit is near. */
const NEAR = 0.8;

interface Use {
  readonly setting: string;
  readonly used: number;
  readonly most: number;
  readonly format: (value: number) => string;
  /** Whether something is refused when it is reached. A log that is full drops its oldest, as it should. */
  readonly refuses: boolean;
}

/** The limits of the server, and how near they are. */
export function Limits() {
  const { stats } = useServices();
  const status = stats.status.value;
  if (status === undefined) return null;
  return (
    <section class={stats.staleMs.value !== undefined ? 'part stale' : 'part'} aria-labelledby="limits-title">
      <h2 id="limits-title">Limits, and how near they are</h2>
      <ul class="limits">
        {usesOf(status).map((use) => (
          <Limit key={use.setting} use={use} />
        ))}
      </ul>
    </section>
  );
}

function Limit({ use: { setting, used, most, format, refuses } }: { readonly use: Use }) {
  const isNear = refuses && used >= NEAR * most;
  return (
    <li>
      <span class="mono">{setting}</span>
      <meter
        min={0}
        max={most}
        value={used}
        {...(refuses && { high: most * NEAR, optimum: 0 })}
        aria-label={setting}
      />
      <span class={isNear ? 'number warn' : 'number'}>
        {format(used)} of {format(most)}
      </span>
      <span class={isNear ? 'share number warn' : 'share number muted'}>
        {isNear && 'near: '}
        {Math.floor((100 * used) / most)} %
      </span>
    </li>
  );
}

function usesOf({ limits, log }: ServerStatus): readonly Use[] {
  const ofLog = { refuses: false } as const;
  return [
    ...limits.map((limit) => ({
      ...limit,
      format: limit.setting.endsWith('Bytes') ? bytes : count,
      refuses: true,
    })),
    { ...ofLog, setting: 'log.bytes', used: log.bytes, most: log.mostBytes, format: bytes },
    ...(log.mostAgeMs === 0
      ? []
      : [{ ...ofLog, setting: 'log.ageMs', used: log.heldMs, most: log.mostAgeMs, format: duration }]),
  ];
}
