import type { Row } from './model/rows.ts';

/** Saves what is shown as NDJSON, as `/v1/history` writes it, the oldest first. */
export function exportRows(rows: readonly Row[]): void {
  const lines = rows.flatMap((row) => {
    if (row.kind === 'gap') return [JSON.stringify({ gap: row.gap })];
    if (row.kind !== 'message') return [];
    const { channel, epoch, offset, time, text } = row.publication;
    const head = JSON.stringify({ channel, epoch, offset, time }).slice(0, -1);
    // Line ends in JSON are white space, and would break the line.
    return [`${head},"message":${text.replaceAll(/[\r\n]/g, ' ')}}`];
  });
  const url = URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `zerospan-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.ndjson`;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
