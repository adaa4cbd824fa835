import { FakeNetworks } from '../support/cluster/fake-network.ts';
import { networkContract } from './network.contract.ts';

networkContract('in memory', () => {
  const networks = new FakeNetworks();
  const nodes = [networks.node(), networks.node(), networks.node()] as const;
  return {
    nodes,
    leave: () => {
      for (const node of nodes) node.leave();
    },
    rejoin: () => {
      for (const node of nodes) node.rejoin();
    },
    close: () => undefined,
  };
});
