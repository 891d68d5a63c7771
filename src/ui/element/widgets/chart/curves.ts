import {
  curveBasis,
  curveBasisClosed,
  curveBasisOpen,
  curveBumpX,
  curveBumpY,
  curveLinear,
  curveLinearClosed,
  curveMonotoneX,
  curveMonotoneY,
  curveNatural,
  curveStep,
  curveStepAfter,
  curveStepBefore,
  area,
  line,
  type CurveFactory,
} from "d3-shape";

export type Point = { x: number; from: number; to: number };

const CURVES: Record<string, CurveFactory> = {
  basis: curveBasis,
  basisClosed: curveBasisClosed,
  basisOpen: curveBasisOpen,
  bump: curveBumpX,
  bumpX: curveBumpX,
  bumpY: curveBumpY,
  linear: curveLinear,
  linearClosed: curveLinearClosed,
  natural: curveNatural,
  monotone: curveMonotoneX,
  monotoneX: curveMonotoneX,
  monotoneY: curveMonotoneY,
  step: curveStep,
  stepAfter: curveStepAfter,
  stepBefore: curveStepBefore,
};

/** The line through the points' upper ends, with a gap where a point is missing. */
export function linePath(points: readonly (Point | undefined)[], curve: string | undefined): string {
  const path = line<Point | undefined>((point) => point!.x, (point) => point!.to).defined((point) => point !== undefined);
  return path.curve(named(curve))([...points]) ?? "";
}

/** The area between the points' lower and upper ends. A closed curve has no area, so its open form is used. */
export function areaPath(points: readonly (Point | undefined)[], curve: string | undefined): string {
  const path = area<Point | undefined>().x((point) => point!.x).y0((point) => point!.from).y1((point) => point!.to);
  return path.defined((point) => point !== undefined).curve(named(curve?.replace("Closed", "")))([...points]) ?? "";
}

function named(curve: string | undefined): CurveFactory {
  return curve !== undefined && Object.hasOwn(CURVES, curve) ? CURVES[curve]! : curveMonotoneX;
}
