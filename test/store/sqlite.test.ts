import { join } from 'node:path';
import { openMemoryStore, openStore } from '../../src/store/sqlite.ts';
import { madeFolder } from '../git/made-repository.ts';
import { storeContract } from './contract.ts';

storeContract('in memory', openMemoryStore);
storeContract('in a file', () => openStore(join(madeFolder(), 'faultline.db')));
