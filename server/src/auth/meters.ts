import { type Meter, meter } from '../core/meter.ts';
import type { TokenGate } from './token-gate.ts';

/** What an operator can watch of the gate. */
export function authMeters(gate: TokenGate): Meter[] {
  return [
    {
      kind: 'counter',
      name: 'zerospan_auth_refused_total',
      help: 'Tokens rejected',
      label: 'why',
      read: () => gate.refusals,
    },
    meter('gauge', 'zerospan_auth_keys', 'Keys that verify tokens', () => gate.keys),
    meter('gauge', 'zerospan_auth_revocations', 'Revocations remembered', () => gate.revocations.size),
    meter(
      'counter',
      'zerospan_auth_reload_failures_total',
      'Failed attempts to read keys or revocations again',
      () => gate.reloadFailures,
    ),
  ];
}
