import { SimulatedDisk } from '../support/disk/simulated-disk.ts';
import { filesContract } from './files.contract.ts';

filesContract('simulated', () => new SimulatedDisk({ seed: 1 }).start().files);
