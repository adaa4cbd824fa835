import { describe, expect, it } from 'vitest';
import type { Files } from '../../server/src/logs/disk/files/files.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

/** The sentences of the `Files` port, for any implementation. */
export function filesContract(name: string, make: () => Files | Promise<Files>): void {
  describe(`Files: ${name}`, () => {
    it('creates a file once, and opens none that is not there', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      expect(file.name).toBe('a');
      await expect(files.open('a', 'create')).rejects.toMatchObject({ code: 'EEXIST' });
      await expect(files.open('b', 'update')).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(files.open('b', 'read')).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await files.list()).toEqual(['a']);
      await file.close();
    });

    it('reads what was written, shorter only where the file ends', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      await file.write(bytes('hello'), 0);
      await file.write(bytes('LL'), 2);
      expect((await file.read(0, 5)).toString()).toBe('heLLo');
      expect((await file.read(3, 100)).toString()).toBe('Lo');
      expect(await file.read(5, 1)).toHaveLength(0);
      expect(await file.read(1_000, 1)).toHaveLength(0);
      expect(await file.read(0, 0)).toHaveLength(0);
      const other = await files.open('a', 'read');
      expect((await other.read(0, 100)).toString()).toBe('heLLo');
      await Promise.all([file.close(), other.close()]);
    });

    it('has zeros where nothing was written', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      await file.write(bytes('x'), 1_000);
      expect(await file.read(0, 2_000)).toEqual(Buffer.concat([Buffer.alloc(1_000), bytes('x')]));
      await file.truncate(500);
      await file.truncate(1_500);
      expect(await file.read(0, 2_000)).toEqual(Buffer.alloc(1_500));
      await file.close();
    });

    it('writes and reads several MiB whole, also of a larger buffer', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      const all = Buffer.from(Uint32Array.from({ length: 1 << 20 }, (_, i) => i).buffer);
      await file.write(all.subarray(16), 3);
      expect((await file.read(3, all.length)).equals(all.subarray(16))).toBe(true);
      await file.write(all, 3);
      await file.write(Buffer.alloc(0), 7);
      expect((await file.read(3, all.length)).equals(all)).toBe(true);
      await file.close();
    });

    it('answers size, inode and birth, of which the last two stay', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      await file.write(bytes('hello'), 0);
      const before = await file.stat();
      expect(before.sizeBytes).toBe(5);
      expect(before.inode).toMatch(/^[0-9]+$/);
      expect(before.birthMs % 1).toBe(0);
      await file.truncate(2);
      await files.rename('a', 'b');
      expect(await files.stat('b')).toEqual({ ...before, sizeBytes: 2 });
      expect(await files.stat('a')).toBeUndefined();
      const other = await files.open('a', 'create');
      expect((await other.stat()).inode).not.toBe(before.inode);
      await Promise.all([file.close(), other.close()]);
    });

    it('renames over another file, which those still read that have it open', async () => {
      const files = await make();
      const [old, fresh] = [await files.open('a', 'create'), await files.open('a.new', 'create')];
      await old.write(bytes('old'), 0);
      await fresh.write(bytes('new'), 0);
      await files.rename('a.new', 'a');
      expect((await old.read(0, 3)).toString()).toBe('old');
      const named = await files.open('a', 'read');
      expect((await named.read(0, 3)).toString()).toBe('new');
      expect(await files.list()).toEqual(['a']);
      await expect(files.rename('b', 'a')).rejects.toMatchObject({ code: 'ENOENT' });
      await Promise.all([old.close(), fresh.close(), named.close()]);
    });

    it('removes a file, which those still read and write that have it open', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      await file.write(bytes('hello'), 0);
      await files.remove('a');
      await file.write(bytes('!'), 5);
      expect((await file.read(0, 10)).toString()).toBe('hello!');
      expect(await files.list()).toEqual([]);
      expect(await files.stat('a')).toBeUndefined();
      await expect(files.remove('a')).rejects.toMatchObject({ code: 'ENOENT' });
      await file.close();
    });

    it('changes nothing through a file that was opened to be read', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      const reading = await files.open('a', 'read');
      await expect(reading.write(bytes('x'), 0)).rejects.toMatchObject({ code: 'EBADF' });
      await expect(reading.truncate(1)).rejects.toBeInstanceOf(Error);
      expect((await file.stat()).sizeBytes).toBe(0);
      await Promise.all([file.close(), reading.close()]);
    });

    it('syncs files and the directory', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      await file.write(bytes('x'), 0);
      await Promise.all([file.sync(), files.syncDirectory()]);
      await file.close();
    });

    it('waits for what is under way before it closes, and refuses what comes later', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      const done: string[] = [];
      const large = Buffer.alloc(8 << 20, 'x');
      const write = file.write(large, 0).then(() => done.push('written'));
      const close = file.close().then(() => done.push('closed'));
      await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'EBADF' });
      await Promise.all([write, close, file.close()]);
      expect(done).toEqual(['written', 'closed']);
      expect((await files.stat('a'))?.sizeBytes).toBe(large.length);
      await expect(file.stat()).rejects.toMatchObject({ code: 'EBADF' });
    });

    // A read over the end asks the system twice: its second call comes after the one that closes, if that did not wait.
    it('lets all reads that are under way end before it closes', async () => {
      const files = await make();
      const file = await files.open('a', 'create');
      await file.write(bytes('hello'), 0);
      const reads = Array.from({ length: 100 }, () => file.read(0, 6));
      const close = file.close();
      for (const read of await Promise.all(reads)) expect(read.toString()).toBe('hello');
      await close;
    });
  });
}
