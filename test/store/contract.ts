import { describe } from 'vitest';
import { alertsContract } from './contract/alerts.ts';
import { auditContract } from './contract/audit-log.ts';
import { bookkeepingContract } from './contract/bookkeeping.ts';
import { commandsContract } from './contract/commands.ts';
import { forgettingContract } from './contract/forgetting.ts';
import { incidentsContract } from './contract/incidents.ts';
import { memoriesContract } from './contract/memories.ts';
import type { Open } from './contract/open.ts';
import { proposalsContract } from './contract/proposals.ts';
import { renamingContract } from './contract/renaming.ts';
import { scansContract } from './contract/scans.ts';
import { silencesContract } from './contract/silences.ts';
import { tellingContract } from './contract/telling.ts';
import { transactionsContract } from './contract/transactions.ts';
import { verificationsContract } from './contract/verifications.ts';

/** How every store behaves, whatever engine it is on. @param open gives an empty one */
export function storeContract(engine: string, open: Open): void {
  describe(`a store ${engine}`, () => {
    incidentsContract(open);
    silencesContract(open);
    proposalsContract(open);
    verificationsContract(open);
    bookkeepingContract(open);
    commandsContract(open);
    scansContract(open);
    memoriesContract(open);
    alertsContract(open);
    tellingContract(open);
    auditContract(open);
    transactionsContract(open);
    forgettingContract(open);
    renamingContract(open);
  });
}
