import { describe, expect, test } from '@jest/globals'
import { whatToTypeNext } from './serve.ts'

describe('what serve says to type next', () => {
  test('names the registry as a reference would', () => {
    const text = whatToTypeNext('http://127.0.0.1:5000', { storage: 'file:./data' })
    expect(text).toContain('export TSREG_REGISTRY=localhost:5000\n')
    expect(text).toContain('./tsreg pull ')
    expect(text).toContain('./tsreg push ')
    expect(text).not.toContain('login')
  })

  test.each([
    ['http://0.0.0.0:80', 'localhost:80'],
    ['https://[::]:5000', 'localhost:5000'],
    ['https://[::1]:5000', '[::1]:5000'],
    ['https://10.0.0.7:5000', '10.0.0.7:5000'],
  ])('of %s the host is %s, and with users a login comes first', (url, host) => {
    const lines = whatToTypeNext(url, { storage: 'memory:', htpasswd: 'users' }).split('\n')
    expect(lines).toContain(`  ./tsreg login ${host}`)
  })
})
