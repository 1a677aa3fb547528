/**
 * The words of the names: how somebody is, and people of science and craft.
 * @module
 */

export const adjectives: readonly string[] = (
  'able airy amber ample apt avid bold brisk calm candid careful cheerful civil clear clever cosy crisp curious daring ' +
  'deft dewy eager early earnest easy fair famous fleet fluent fond frank fresh friendly frosty gentle glad golden ' +
  'graceful grateful hardy hearty hopeful humble jolly keen kind lively loyal lucid lucky mellow merry mild modest neat ' +
  'nimble noble open patient placid playful plucky polite proud quick quiet rapid ready rosy serene sharp shiny silent ' +
  'sincere smooth snug sober spry stable steady still sturdy subtle sunny supple swift tidy tranquil trusty upbeat ' +
  'valiant vivid warm wise witty young zesty'
).split(' ')

export const surnames: readonly string[] = (
  'abel agnesi ampere archimedes avogadro babbage banach bassi bell bernoulli bohr boole born bose brahe braille cantor ' +
  'carson cauchy cavendish celsius cerf chandrasekhar clarke cori coulomb crick curie daimler dalton darwin davy dijkstra ' +
  'dirac edison einstein erdos euclid euler faraday fermat fermi feynman fibonacci fleming fourier franklin galileo galois ' +
  'gauss germain goodall hamilton heisenberg herschel hertz hilbert hopper hubble huygens hypatia jacobi joule kepler ' +
  'khorana kovalevskaya lagrange lamarr laplace leibniz linnaeus lovelace mach maxwell mcclintock meitner mendel mirzakhani ' +
  'moore morse neumann newton nobel noether ohm pascal pasteur pauli payne perlman planck poincare ptolemy raman ramanujan ' +
  'riemann ritchie rontgen rubin rutherford sagan shannon somerville stokes tesla thompson torvalds turing volta watt ' +
  'wiles wozniak wright wu yalow yonath zuse'
).split(' ')
