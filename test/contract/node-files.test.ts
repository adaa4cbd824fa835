import { NodeFiles } from '../../server/src/logs/disk/files/node-files.ts';
import { testFolder } from '../support/keys.ts';
import { filesContract } from './files.contract.ts';

filesContract('of the file system', () => new NodeFiles(testFolder()));
