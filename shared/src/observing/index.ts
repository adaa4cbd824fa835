export * from './channels.ts';
export * from './explanation.ts';
export * from './names.ts';
export * from './sessions.ts';
export * from './settings.ts';
export * from './status.ts';
