import { describe, expect, test } from '@jest/globals'
import { parseS3Url } from './location.ts'

describe('an S3 URL', () => {
  test('names a bucket on AWS', () => {
    expect(parseS3Url('s3://images')).toEqual({
      bucket: 'images',
      prefix: '',
      endpoint: undefined,
      region: undefined,
      forcePathStyle: false,
      publicEndpoint: undefined,
    })
  })

  test('names a bucket, a prefix and an endpoint, which is asked by path unless told otherwise', () => {
    const url = 's3://images/team/a/?endpoint=http%3A%2F%2F127.0.0.1%3A8333%2F&region=auto&publicEndpoint=https://cdn'
    expect(parseS3Url(url)).toEqual({
      bucket: 'images',
      prefix: 'team/a/',
      endpoint: 'http://127.0.0.1:8333',
      region: 'auto',
      forcePathStyle: true,
      publicEndpoint: 'https://cdn',
    })
    expect(parseS3Url(`${url}&forcePathStyle=false`).forcePathStyle).toBe(false)
  })

  test.each([
    ['s3://', 'no bucket name'],
    ['s3:///prefix', 'no bucket name'],
    ['s3:images', 'no bucket name'],
    ['s3://a', 'no bucket name'],
    ['s3://images/a//b', 'element that is empty'],
    ['s3://images/../b', 'element that is empty'],
    [`s3://images/${'x'.repeat(201)}`, 'more than 200 bytes'],
    ['s3://images?endpont=http://x', 'did you mean endpoint?'],
    ['s3://images?color=red', 'known are endpoint, region, forcePathStyle, publicEndpoint'],
    ['s3://images?region=a&region=b', 'region is given twice'],
    ['s3://images?region=', 'region is empty'],
    ['s3://images?endpoint=127.0.0.1:8333', 'no http or https URL'],
    ['s3://images?endpoint=http://a/?b=c', 'and nothing else'],
    ['s3://images?forcePathStyle=yes', 'true or false'],
    ['s3://images?secretAccessKey=hunter2', 'credentials come from the environment'],
    ['s3://AKIA:hunter2@images', 'credentials do not belong into it'],
    ['s3://images?endpoint=http://user:hunter2@a', 'and nothing else'],
  ])('%s is refused: %s', (url, why) => {
    let message = ''
    try {
      parseS3Url(url)
    } catch (error) {
      expect(error).toMatchObject({ code: 'UNSUPPORTED' })
      message = `${error} ${JSON.stringify(error)}`
    }
    expect(message).toContain(why)
    expect(message).not.toMatch(/hunter2|AKIA/)
  })
})
