// Exits with 0 when node_modules holds what package-lock.json names. npm records what it installed in a hidden lock file.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')

const root = process.argv[2]
const packagesIn = (path) => JSON.parse(readFileSync(join(root, path), 'utf8')).packages

try {
  const wanted = packagesIn('package-lock.json')
  const installed = packagesIn('node_modules/.package-lock.json')
  const missing = Object.keys(wanted).filter((name) => {
    if (!name.includes('node_modules/') || wanted[name].link) return false
    // Packages for other systems are optional and rightly absent.
    if (installed[name] === undefined) return !wanted[name].optional
    return installed[name].version !== wanted[name].version
  })
  process.exitCode = missing.length === 0 ? 0 : 1
} catch {
  process.exitCode = 1
}
