import { expect, test } from '@jest/globals'
import { diskRoom } from './disk-room.ts'
import type { DiskUse } from './file-system.ts'

const mebibyte = 1024 * 1024

function disk(totalMebibytes: number) {
  const state = { freeMebibytes: totalMebibytes, looks: 0 }
  const statfs = async (): Promise<DiskUse> => {
    state.looks++
    return { bsize: 4096, blocks: totalMebibytes * 256, bavail: state.freeMebibytes * 256 }
  }
  return { state, room: diskRoom('/data', { statfs }) }
}

test('the last sixteenth of a small disk, and the last 64 MiB of a large one, are not for objects', async () => {
  for (const [total, reserve] of [
    [160, 10],
    [100_000, 64],
  ] as const) {
    const { state, room } = disk(total)
    state.freeMebibytes = reserve + 5
    await room.claim(5 * mebibyte)
    await expect(room.claim(6 * mebibyte)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    state.freeMebibytes = reserve
    await expect(room.claim(1)).rejects.toMatchObject({ code: 'STORAGE_FULL', detail: { path: '/data', wanted: 1 } })
  }
})

test('the disk is not looked at for every write, but before it can be full', async () => {
  const { state, room } = disk(10_000)
  for (let i = 0; i < 64; i++) await room.claim(mebibyte)
  expect(state.looks).toBe(1)
  state.freeMebibytes = 66
  for (let i = 0; i < 2; i++) await room.claim(mebibyte)
  expect(state.looks).toBe(2)
  state.freeMebibytes = 64
  await expect(room.claim(mebibyte)).rejects.toMatchObject({ code: 'STORAGE_FULL' })
  state.freeMebibytes = 1000
  await room.claim(mebibyte)
})
