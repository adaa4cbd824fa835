import { type Meta, SLOT_BYTES, writeSlot } from '../../../server/src/logs/disk/identity/meta-slot.ts';
import { crcOf } from '../../../server/src/logs/packs/check-sum.ts';
import { EPOCH } from './segments.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** What a log says of itself that a test gives no other value to. */
export const META: Meta = {
  epoch: '0b6f8a3e-7f0c-4d57-9d0c-0a6f7b3f1c11',
  begins: 0,
  bootId: 'boot-1',
  inode: '12345678901234567890',
  birthMs: 1_795_000_000_000,
  leaseUpTo: 4_096,
  startedAt: 0,
  cleanHead: undefined,
  pid: 101,
  isMoved: false,
  forgottenUpTo: 0,
};

/** What the fixture of version 1 has: the newest slot says this, and the other the same with a lower lease. */
export const FIXTURE_META: Meta = {
  ...META,
  epoch: EPOCH,
  bootId: '3f0c1d2e-8a4b-4c6d-9e7f-112233445566',
  inode: '1048577',
  begins: 0,
  startedAt: 100,
  leaseUpTo: 4_196,
  pid: 4_242,
  forgottenUpTo: 1_764_547_200_000,
};

export function fixtureMeta(): Buffer {
  const bytes = Buffer.alloc(8_192);
  bytes.set(writeSlot({ ...FIXTURE_META, leaseUpTo: 100 }, 6), 4_096);
  bytes.set(writeSlot(FIXTURE_META, 7), 0);
  return bytes;
}

/** As a start gives it. */
export const STARTED: Omit<Meta, 'inode' | 'birthMs'> = META;

/** A slot as another version may write it: longer, and with the sum over all of it. */
export function slotOfVersion(version: number, bytes = SLOT_BYTES): Buffer {
  const slot = Buffer.concat([writeSlot(META, 7), Buffer.alloc(4_096 - SLOT_BYTES)]);
  slot.writeUInt16LE(version, 8);
  slot.writeUInt16LE(bytes, 10);
  slot.writeUInt32LE(crcOf(slot.subarray(8, bytes)), 4);
  return slot;
}

/** Overwrites a byte of a slot. */
export function damageSlot({ volume }: SimulatedDisk, slot: 0 | 1): void {
  const bytes = volume.bytesOf('meta');
  const at = slot * 4_096 + 40;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  volume.put('meta', bytes);
}
