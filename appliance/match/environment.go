// SPDX-License-Identifier: Apache-2.0

package match

import (
	"fmt"
	"net/netip"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
)

// environment is what all conditions are compiled in: built once, when the
// first condition is seen, and never changed.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	texts := cel.MapType(cel.StringType, cel.StringType)
	return cel.NewEnv(
		cel.Variable("request.method", cel.StringType),
		cel.Variable("request.host", cel.StringType),
		cel.Variable("request.path", cel.StringType),
		cel.Variable("request.scheme", cel.StringType),
		cel.Variable("request.headers", texts),
		cel.Variable("request.query", texts),
		cel.Variable("request.cookies", texts),
		cel.Variable("client.ip", cel.StringType),
		cel.Function(inNetworkName, cel.MemberOverload("string_in_network_string",
			[]*cel.Type{cel.StringType, cel.StringType}, cel.BoolType, cel.BinaryBinding(inNetwork))),
		cel.Function(hashPercentName, cel.MemberOverload("string_hash_percent",
			[]*cel.Type{cel.StringType}, cel.DoubleType, cel.UnaryBinding(hashPercent))),
		cel.CrossTypeNumericComparisons(true), // hashPercent() < 10
		ext.Strings(),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateComprehensionNestingLimit(2), networkLiterals{}, fixedGrowth{}),
		cel.ParserRecursionLimit(64),
		cel.ParserExpressionSizeLimit(MaxCondition),
		cel.RegexProgramSizeLimit(10_000), // steps; one that a request brings along costs no more
	)
})

const inNetworkName = "inNetwork"

// inNetwork is the function of the same name: addr.inNetwork(network).
func inNetwork(addr, network ref.Val) ref.Val {
	a, err := netip.ParseAddr(string(addr.(types.String)))
	if err != nil {
		return types.NewErr("%q is not an IP address", string(addr.(types.String)))
	}
	n, err := ParseNetwork(string(network.(types.String)))
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Bool(n.Contains(a.Unmap().WithZone("")))
}

// ParseNetwork reads a network such as 10.0.0.0/8, or an address, which is a
// network of one. IPv4 in IPv6 form becomes IPv4, as clients' addresses do.
func ParseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	n, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf(`must be an IP address or a network such as "10.0.0.0/8"; is %q`, clip(s))
	}
	if n.Addr().Is4In6() && n.Bits() >= 96 {
		n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-96)
	}
	return n.Masked(), nil
}
