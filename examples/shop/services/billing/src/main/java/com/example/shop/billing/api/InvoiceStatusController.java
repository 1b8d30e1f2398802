package com.example.shop.billing.api;

import com.example.shop.billing.service.InvoiceQueryService;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class InvoiceStatusController {

    private final InvoiceQueryService queries;

    public InvoiceStatusController(InvoiceQueryService queries) {
        this.queries = queries;
    }

    @GetMapping("/v1/invoices/{id}/status")
    public String status(@PathVariable long id) {
        return queries.status(id);
    }
}
