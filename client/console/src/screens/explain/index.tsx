import './explain.css';
import { Explain } from './explain.tsx';
import { Limits } from './limits.tsx';
import { Settings } from './settings.tsx';

/** Why a client has a message, or has not; and what the server runs with: `#/explain?at=EPOCH_OFFSET&client=REF`. */
export default function ExplainAndSettings() {
  return (
    <div class="explain">
      <Explain />
      <Limits />
      <Settings />
    </div>
  );
}
