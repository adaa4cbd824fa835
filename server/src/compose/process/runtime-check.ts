import { runtimeFault } from './runtime.ts';

// Modules that load the addon of ZeroMQ import this one first: in another runtime, loading it may crash the process.
const fault = runtimeFault(process.versions);
if (fault) throw fault;
