// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// Reads one simulation of @cloud-copilot/iam-simulate from each line, and prints its decision, or the errors, as JSON.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const simulated = await runSimulation(JSON.parse(line), { simulationMode: 'Strict' })
  const decided = simulated.resultType === 'single'
  const answer = decided
    ? { decision: simulated.overallResult, ignored: simulated.result.ignoredContextKeys ?? [] }
    : { error: simulated.errors ?? simulated.resultType }
  console.log(JSON.stringify(answer))
}
