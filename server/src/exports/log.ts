/** A log on disk while no server has it: to look into it, to check it, and to carry it elsewhere. */
export { type ExportRange, exportLog } from '../logs/disk/offline/export.ts';
export { type ImportedLog, ImportFault, importLog } from '../logs/disk/offline/import.ts';
export { type LogInfo, type LogStanding, logInfo } from '../logs/disk/offline/info.ts';
export { type MovedLog, moveLog, NothingToMove } from '../logs/disk/offline/move.ts';
export { type LogFault, type VerifiedLog, verifyLog } from '../logs/disk/offline/verify.ts';
export { UnfitDirectory } from '../logs/disk/options.ts';
