/** The settings of a server, and the errors that name one. Loads nothing that runs a server. */
export { readSecretFile } from '../settings/files/secret-file.ts';
export { parseSettings, readSettings, SettingsError } from '../settings/read.ts';
export { SETTINGS, type Setting, type Settings } from '../settings/settings.ts';
export { StartError } from '../zeromq/sockets/start-error.ts';
