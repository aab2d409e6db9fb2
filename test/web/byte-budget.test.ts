import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteBudget } from '../../web/lib/byte-budget.ts'

describe('a budget of bytes', () => {
  it('is owed the time in which so many may come', () => {
    const budget = new ByteBudget(20_000)
    assert.equal(budget.owedMs(5000), 0)
    budget.pay(10_000, 5000)
    assert.equal(budget.owedMs(5000), 500)
    budget.pay(10_000, 5000)
    assert.equal(budget.owedMs(5200), 800)
    assert.equal(budget.owedMs(7000), 0)
  })

  it('saves nothing up while nothing comes', () => {
    const budget = new ByteBudget(20_000)
    budget.pay(2000, 60_000)
    assert.equal(budget.owedMs(60_000), 100)
  })

  it('forgets after ten seconds what was more than that', () => {
    const budget = new ByteBudget(20_000)
    budget.pay(5_000_000, 0)
    assert.equal(budget.owedMs(0), 10_000)
    assert.equal(budget.owedMs(10_000), 0)
  })
})
