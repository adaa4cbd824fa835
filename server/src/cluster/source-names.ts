import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isLocalAddress } from '../loopback.ts';

/**
 * What nodes call sources. One on loopback, or on a path, is another one on each machine, though its address is the
 * same: each machine reads its own.
 * @param place the name of this machine
 */
export function sourceNames(place = placeName()): (address: string) => string {
  return (address) => (isLocalAddress(address) ? `${address} ${place}` : address);
}

/** Machines may share a host name, and containers a machine: those have a loopback of their own. */
function placeName(): string {
  const host = hostname();
  const parts = [
    host,
    said(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    said(() => readlinkSync('/proc/self/ns/net')),
  ];
  return `${host}/${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12)}`;
}

/** Only Linux says it. */
function said(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}
