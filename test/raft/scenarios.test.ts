/** Replays `scenarios/*.txt`; their language is told in `scenario.ts`. */
import { goldenTests } from '../support/golden.ts';
import { Scenario } from './scenario.ts';

goldenTests('raft', new URL('scenarios/', import.meta.url), () => {
  const scenario = new Scenario();
  return (command) => scenario.run(command);
});
