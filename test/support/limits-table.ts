import { readFileSync } from 'node:fs';

/** A row of the table of limits in SECURITY.md. */
export interface LimitRow {
  /** Path of the setting. */
  readonly setting: string;
  readonly default: string;
  /** What stands in backticks there: codes. */
  readonly codes: readonly string[];
  /** Numbers of four digits: close codes. */
  readonly closeCodes: readonly number[];
  readonly metrics: readonly { readonly name: string; readonly label?: string; readonly value?: string }[];
}

const document = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8');

const [table = ''] = document.slice(document.indexOf('| limit | setting |')).split('\n\n');

export const LIMITS_TABLE: readonly LimitRow[] = table
  .split('\n')
  .slice(2)
  .map((line) => {
    const [, setting = '', byDefault = '', beyond = '', metrics = ''] = line.split(' | ');
    return {
      setting: setting.replaceAll('`', ''),
      default: byDefault.replaceAll(',', ''),
      codes: [...beyond.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
      closeCodes: [...beyond.matchAll(/\b\d{4}\b/g)].map(([code]) => Number(code)),
      metrics: [...metrics.matchAll(/`(\w+)(?:\{(\w+)="([^"]+)"\})?`/g)].map(
        ([, name = '', label, value]) => ({ name, ...(label && { label }), ...(value && { value }) }),
      ),
    };
  });
