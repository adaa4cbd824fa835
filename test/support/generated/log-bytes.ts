import { readFileSync } from 'node:fs';
import { FIXTURE } from '../disk/fixture.ts';
import { table } from './regions.ts';

/**
 * The parts of a segment that version 1 wrote, and a slot of its `meta`, field by field. It follows
 * `docs/log-format.md` alone, and nothing of the code that writes or reads logs: where the two differ, this fails, or
 * the page shows it.
 */
export function logBytes(part: string): string {
  const name = part === 'meta' ? 'meta' : 'segment-0000000000000003.log';
  const rows = new FileBytes(readFileSync(new URL(name, FIXTURE))).rows(part);
  return table(['at', 'bytes', 'field', 'value'], rows);
}

class FileBytes {
  readonly #file: Buffer;
  #at = 0;
  #rows: string[][] = [];

  constructor(file: Buffer) {
    this.#file = file;
  }

  rows(part: string): readonly (readonly string[])[] {
    const parts: Readonly<Record<string, () => void>> = {
      header: () => this.#header(),
      pack: () => this.#pack(96),
      keys: () => this.#keys(),
      footer: () => this.#footer(),
      trailer: () => this.#trailer(),
      meta: () => this.#meta(),
    };
    parts[part]?.();
    return this.#rows;
  }

  #header(): void {
    this.#magic();
    this.#number(2, 'version');
    this.#number(2, 'zero');
    this.#number(8, 'before');
    this.#number(8, 'created');
    this.#sum('chain');
    const bytes = this.#number(1, 'bytes of the epoch');
    this.#text(bytes, 'epoch');
    this.#field(92 - this.#at, 'zeros', '');
    this.#sum('check sum of all before');
  }

  #pack(start: number): void {
    this.#at = start;
    this.#magic();
    const end = start + this.#number(4, 'bytes of the pack');
    this.#sum('check sum of all behind');
    this.#sum('chain');
    for (const field of ['first', 'time', 'synced up to', 'before']) this.#number(8, field);
    this.#number(4, 'entries');
    this.#number(4, 'flags');
    while (this.#at < end) this.#record();
  }

  #record(): void {
    const flags = this.#file.readUInt8(this.#at);
    const names = ['gap', 'republish', 'key', 'no user', 'mobile key'].filter((_, i) => flags & (1 << i));
    this.#field(1, 'record: flags', names.join(', '));
    this.#number(1, 'zero');
    const channels = this.#number(2, 'channels');
    const payload = this.#number(4, 'bytes of the payload');
    if (flags & 1) this.#number(8, 'missed');
    for (let i = 0; i < channels; i++) this.#text(this.#number(1, 'bytes of the name'), 'channel');
    if (!(flags & (1 | 8))) this.#text(this.#number(2, 'bytes of the user'), 'user');
    if (flags & 4) {
      this.#text(this.#number(2, 'bytes of the client'), 'client');
      this.#number(8, 'id');
      this.#fingerprint();
    }
    if (payload > 0) this.#text(payload, 'payload');
  }

  #keys(): void {
    const { footerAt, keysBytes } = this.#ends();
    this.#at = footerAt - keysBytes;
    this.#magic();
    const keys = this.#number(4, 'keys');
    const owners = this.#number(4, 'owners');
    this.#number(4, 'bytes of the texts');
    this.#number(8, 'left out up to');
    for (let i = 0; i < keys; i++) {
      this.#number(4, 'key: offset - before');
      this.#number(4, 'owner');
      this.#number(8, 'id');
      this.#fingerprint();
      this.#number(2, 'channels');
      this.#number(2, 'flags');
    }
    const texts: [number, number][] = [];
    for (let i = 0; i < owners; i++) {
      this.#number(4, 'owner: where its texts begin');
      texts.push([this.#number(2, 'bytes of the client'), this.#number(2, 'bytes of the user')]);
    }
    for (const [client, user] of texts) {
      this.#text(client, 'client');
      this.#text(user, 'user');
    }
  }

  #footer(): void {
    this.#at = this.#ends().footerAt;
    this.#magic();
    const packs = this.#number(4, 'packs');
    const channels = this.#number(4, 'channels');
    const buckets = this.#number(4, 'buckets');
    this.#number(4, 'seed');
    const publications = this.#number(4, 'publications');
    const gaps = this.#number(4, 'gaps');
    const nameBytes = this.#number(4, 'bytes of the names');
    this.#number(8, 'before');
    for (let i = 0; i < packs; i++) {
      for (const field of ['pack: at', 'bytes', 'first - before', 'entries']) this.#number(4, field);
      this.#number(8, 'time');
    }
    for (let i = 0; i <= buckets; i++)
      this.#number(4, i < buckets ? `bucket ${i}: first channel` : 'end of the buckets');
    for (let i = 0; i <= channels; i++) {
      this.#number(4, i < channels ? `channel ${i}: name` : 'end of the names');
      this.#number(4, 'publications');
      this.#number(4, 'gaps');
    }
    for (let i = 0; i < publications; i++) this.#number(4, 'publication: offset - before');
    for (let i = 0; i < gaps; i++) {
      this.#number(4, 'gap: offset - before');
      this.#number(8, 'missed');
    }
    this.#text(nameBytes, 'names');
  }

  #trailer(): void {
    this.#at = this.#file.length - 72;
    this.#magic();
    this.#number(4, 'footer: at');
    this.#number(4, 'bytes');
    this.#sum('check sum');
    this.#number(4, 'put keys: bytes');
    this.#sum('check sum');
    this.#sum('check sum of the last pack');
    this.#number(4, 'entries');
    this.#number(4, 'packs');
    for (const field of ['first', 'last', 'time of the first', 'time of the last']) this.#number(8, field);
    this.#sum('check sum of all before');
  }

  #meta(): void {
    this.#magic();
    this.#sum('check sum of all behind');
    this.#number(2, 'version');
    this.#number(2, 'bytes of the slot');
    this.#number(4, 'flags');
    for (const field of ['number', 'begins', 'lease', 'started at', 'clean head', 'forgotten up to', 'birth'])
      this.#number(8, field);
    this.#number(4, 'pid');
    this.#number(4, 'zero');
    for (const [field, end] of [
      ['epoch', 144],
      ['boot', 208],
      ['inode', 240],
    ] as const) {
      this.#text(this.#number(1, `bytes of the ${field}`), field);
      this.#field(end - this.#at, 'zeros', '');
    }
  }

  #ends(): { footerAt: number; keysBytes: number } {
    const at = this.#file.length - 72;
    return { footerAt: this.#file.readUInt32LE(at + 4), keysBytes: this.#file.readUInt32LE(at + 16) };
  }

  #magic(): void {
    this.#text(4, 'magic');
  }

  #number(bytes: 1 | 2 | 4 | 8, field: string): number {
    const low = this.#file.readUIntLE(this.#at, Math.min(bytes, 4));
    const high = bytes === 8 ? this.#file.readUInt32LE(this.#at + 4) : 0;
    const value = high * 2 ** 32 + low;
    this.#field(bytes, field, value < 2 ** 53 ? String(value) : 'unknown');
    return value;
  }

  #sum(field: string): void {
    this.#field(4, field, this.#file.readUInt32LE(this.#at).toString(16).padStart(8, '0'));
  }

  #text(bytes: number, field: string): void {
    if (bytes > 0)
      this.#field(bytes, field, `\`${this.#file.toString('utf8', this.#at, this.#at + bytes)}\``);
  }

  #fingerprint(): void {
    this.#field(20, 'fingerprint', `\`${this.#file.toString('base64', this.#at, this.#at + 20)}\``);
  }

  #field(bytes: number, field: string, value: string): void {
    const hex = this.#file.toString('hex', this.#at, this.#at + bytes).replaceAll(/..(?=.)/g, '$& ');
    this.#rows.push([String(this.#at), `\`${hex}\``, field, value]);
    this.#at += bytes;
  }
}
