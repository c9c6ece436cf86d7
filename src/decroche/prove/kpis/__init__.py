"""The measures of a call centre, each one a plain function of counts that names its numerator and denominator."""
