/**
 * A log while no server has it: to look into it, to check it, and to carry it elsewhere. One on a stream of NATS may be
 * exported while servers have it.
 */
export { exportStreamLog, importStreamLog, type StreamImport } from '../compose/stream-lines.ts';
export { type ExportRange, exportLog } from '../logs/disk/offline/export.ts';
export { importLog } from '../logs/disk/offline/import.ts';
export { type LogInfo, type LogStanding, logInfo } from '../logs/disk/offline/info.ts';
export { type MovedLog, moveLog, NothingToMove } from '../logs/disk/offline/move.ts';
export { type LogFault, type VerifiedLog, verifyLog } from '../logs/disk/offline/verify.ts';
export { UnfitDirectory } from '../logs/disk/options.ts';
export { type ImportedLog, ImportFault } from '../logs/lines/importing.ts';
