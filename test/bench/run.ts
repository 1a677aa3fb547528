/**
 * `npm run bench`: tsreg beside distribution 3, olareg, docker-registry 2.8.2 and nginx, on S3 beside distribution 3, and
 * the client beside crane and skopeo, docker, podman and buildah, in interleaved rounds of one run.
 *
 *   --scale ci|full   3 short or 10 long rounds (default ci); fewer of the lines that take long
 *   --rounds N        another number of rounds
 *   --line TEXT       only the lines whose name contains TEXT; may be given several times
 *   --json FILE       [{name, ours, peer, peerName, unit, ratio, low, high}]
 *   --evidence        write the lines that are measured into docs/evidence/bench.json
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { requireTools } from '../harness/prerequisites.ts'
import { goBinDirectory } from '../harness/tools.ts'
import { recordLines } from './bench-evidence.ts'
import { type ClientName, pullTime, seedImage } from './client.ts'
import { containerLines, containerRounds, containerRows } from './container-lines.ts'
import { makeContent } from './content.ts'
import { extractLine, extractRows } from './extract.ts'
import { footprint } from './footprint.ts'
import { type Line, lines, type Scale } from './lines.ts'
import { runRounds, type Turn, type Turns } from './rounds.ts'
import { bestOf, type Row, ratedRow, timedRow } from './row.ts'
import { s3Rounds } from './s3-lines.ts'
import { s3Rows } from './s3-rows.ts'
import { startServer } from './servers.ts'
import { unpackLine, unpackRows } from './unpack.ts'

const programs = [
  ...(['registry', 'olareg', 'docker-registry', 'nginx', 'wrk', 'ab', 'curl', 'weed'] as const),
  ...(['crane', 'skopeo', 'docker', 'dockerd', 'podman', 'buildah', 'runc', 'conmon', 'busybox'] as const),
]

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: 'ci' },
    rounds: { type: 'string' },
    line: { type: 'string', multiple: true },
    json: { type: 'string' },
    evidence: { type: 'boolean', default: false },
  },
})
const scale: Scale = values.scale === 'full' ? 'full' : 'ci'
const rounds = Number(values.rounds ?? (scale === 'full' ? 10 : 3))
const checkout = join(import.meta.dirname, '../..')
const goBin = goBinDirectory()
await requireTools(programs).catch((error: Error) => {
  console.error(`bench: ${error.message}`)
  process.exit(1)
})

const root = mkdtempSync(join(tmpdir(), 'tsreg-bench-'))
const start = { root, checkout, goBin }
const rows: Row[] = []
try {
  const content = makeContent(scale === 'full' ? 512 : 128)
  console.log(`tsreg bench: ${rounds} rounds of two turns per server, ${cpus()[0]?.model}, ${cpus().length} cores`)
  for (const line of lines(scale)) {
    if (!isWanted(line.name)) continue
    show(measure(line, await runRounds(line, { rounds, content, start })))
  }
  const s3 = s3Rounds(scale, values.rounds)
  for await (const added of s3Rows({ start, scale, isWanted, rounds: s3, content })) show(added, s3)
  if (isWanted('pull into the local layout')) show(await pulls())
  if (process.getuid?.() !== 0) {
    console.log(`left out, for they need root: ${[unpackLine, extractLine, ...containerLines(scale)].join('; ')}`)
  } else {
    const layerFiles = scale === 'full' ? 3125 : 800
    if (isWanted(unpackLine)) show(await unpackRows({ start, rounds, layerFiles }))
    if (isWanted(extractLine)) show(await extractRows(rounds, layerFiles))
    const fewer = containerRounds(scale, values.rounds)
    for await (const added of containerRows({ start, scale, isWanted, rounds: fewer })) show(added, fewer)
  }
  if (isWanted('footprint')) show(await bounds())
} finally {
  rmSync(root, { recursive: true, force: true })
}
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify(
      rows.map(({ goal: _, reached: __, ...row }) => row),
      null,
      2,
    )}\n`,
  )
const missed = rows.filter((row) => row.reached === false)
console.log(
  missed.length
    ? `\nnot reached: ${missed.map((row) => `${row.name} (${row.peerName} ${row.ratio.toFixed(2)}, goal ${row.goal})`).join('; ')}`
    : '\nevery goal reached',
)
console.log(`bench: ${rows.length} passed, 0 failed`)

function isWanted(name: string): boolean {
  return values.line === undefined || values.line.some((text) => name.includes(text))
}

function measure(line: Line, turns: Turns): Row[] {
  const ours = turns.get('tsreg') ?? []
  return line.peers.flatMap((peerName) => {
    const theirs = turns.get(peerName) ?? []
    const compare = (unit: string, value: (turn: Turn) => number, goal?: number): Row =>
      ratedRow({ name: line.name, unit, ours: ours.map(value), peerName, peer: theirs.map(value), goal })
    return [
      compare(`${line.unit}/CPU-s`, (turn) => turn.perCpuSecond, line.goals[peerName]),
      compare(`${line.unit}/s`, (turn) => turn.perSecond),
    ]
  })
}

async function pulls(): Promise<Row[]> {
  const server = await startServer('tsreg', { ...start, logs: false })
  const clients = ['tsreg', 'crane', 'skopeo'] as const
  const seconds: Record<ClientName, number[]> = { tsreg: [], crane: [], skopeo: [] }
  try {
    const reference = await seedImage(server, scale === 'full' ? 107 : 27)
    for (const client of clients) await pullTime(client, reference, start)
    for (let round = 0; round < rounds; round++)
      for (const client of [...clients, ...clients.toReversed()])
        seconds[client].push((await pullTime(client, reference, start)).wallSeconds)
  } finally {
    await server.stop()
    rmSync(server.directory, { recursive: true, force: true })
  }
  const line = { name: 'pull into the local layout', ours: seconds.tsreg }
  const best = bestOf(seconds.crane, seconds.skopeo)
  return [
    timedRow({ ...line, peerName: 'crane', peer: seconds.crane }),
    timedRow({ ...line, peerName: 'skopeo', peer: seconds.skopeo }),
    timedRow({ ...line, peerName: 'best of both', peer: best, goal: 0.8 }),
  ]
}

async function bounds(): Promise<Row[]> {
  const measured = await footprint(start, Math.max(3, rounds))
  return measured.map(({ name, unit, value, bound }) => ({
    name,
    ours: value,
    peer: bound,
    peerName: 'bound',
    unit,
    ratio: value / bound,
    low: value / bound,
    high: value / bound,
    goal: `<= ${bound} ${unit}`,
    reached: value <= bound,
  }))
}

function show(added: readonly Row[], itsRounds = rounds): void {
  for (const row of added) {
    rows.push(row)
    const verdict =
      row.reached === undefined ? '' : row.reached ? `  reached (${row.goal})` : `  NOT REACHED (${row.goal})`
    console.log(
      `${row.name.padEnd(34)} ${number(row.ours)} : ${number(row.peer)} ${row.unit.padEnd(15)} ${row.peerName.padEnd(16)} ${row.ratio.toFixed(2)} [${row.low.toFixed(2)}, ${row.high.toFixed(2)}]${verdict}`,
    )
  }
  if (values.evidence) recordLines({ checkout, scale, rounds: itsRounds }, added)
}

function number(value: number): string {
  return (value >= 100 ? value.toFixed(0) : value.toFixed(2)).padStart(8)
}
