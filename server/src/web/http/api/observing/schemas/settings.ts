import { SETTING_SOURCES, type SettingValue } from '@zerospan/shared';
import * as Type from '../../../../../schema.ts';

const value = (description: string) =>
  Type.Unsafe<SettingValue | null>({
    type: ['string', 'number', 'boolean', 'array', 'null'],
    items: { type: 'string' },
    description,
  });

export const SettingsAnswer = Type.Object({
  settings: Type.Array(
    Type.Object({
      setting: Type.String({ description: 'Its path, as in a settings file.' }),
      value: value('null: a secret, which is not shown. Passwords in addresses are left out.'),
      source: Type.Enum([...SETTING_SOURCES]),
      from: Type.Optional(Type.String({ description: 'The flag, the variable or the file that gave it.' })),
      default: value('null: there is none.'),
      description: Type.String({ description: 'Unit, meaning of 0, consequence.' }),
    }),
    { description: 'All of them, in the order of docs/settings.md.' },
  ),
});
