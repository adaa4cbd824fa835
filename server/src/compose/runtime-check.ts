import { runtimeFault } from './runtime.ts';

// Whoever loads the addon of ZeroMQ imports this module first: in another runtime, loading it may be the end of the
// process.
const fault = runtimeFault(process.versions);
if (fault) throw fault;
